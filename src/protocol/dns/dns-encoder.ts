import { joinBytes } from '../byte-pieces.ts';
import { parseIpv4, parseIpv6 } from './dns-address.ts';
import {
  type DnsData,
  type DnsMessage,
  type DnsName,
  type DnsRecord,
  dnsTypes,
  maxDnsBytes,
  maxLabelBytes,
} from './dns-message.ts';

/** An answer by the machine that has the records. */
const responseFlags = 0x8400;
const internetClass = 1;
const uniqueBit = 0x8000;
const maxTextBytes = 255;

/**
 * Writes one message; no name in it is shortened.
 * @throws RangeError where a label, a text or the message is too long, or an address is none
 */
export function encodeDns({ id, isResponse, questions, answers, claims }: DnsMessage): Uint8Array {
  const counts = [questions.length, answers.length, claims.length, 0];
  const bytes = joinBytes([
    ...[id, isResponse ? responseFlags : 0, ...counts].map(uint16),
    ...questions.flatMap(({ name, type }) => [encodeName(name), uint16(type), uint16(internetClass)]),
    ...[...answers, ...claims].flatMap(encodeRecord),
  ]);
  if (bytes.length > maxDnsBytes) throw new RangeError(`a DNS message of ${bytes.length} bytes`);
  return bytes;
}

function encodeRecord(record: DnsRecord): Uint8Array[] {
  const { name, type, ttl, isUnique } = record;
  const data = joinBytes(encodeData(record));
  const kind = internetClass | (isUnique ? uniqueBit : 0);
  const time = [uint16(Math.floor(ttl / 65_536)), uint16(ttl % 65_536)];
  return [encodeName(name), uint16(dnsTypes[type]), uint16(kind), ...time, uint16(data.length), data];
}

function encodeData(data: DnsData): Uint8Array[] {
  switch (data.type) {
    case 'PTR':
      return [encodeName(data.target)];
    case 'SRV':
      return [uint16(0), uint16(0), uint16(data.port), encodeName(data.target)];
    case 'TXT':
      // Without a text there is an empty one: RFC 6763, section 6.1.
      return (data.texts.length === 0 ? [''] : data.texts).map((text) => encodeText(text, maxTextBytes));
    case 'A':
      return [parseIpv4(data.address) ?? throwAddress(data.address)];
    case 'AAAA':
      return [parseIpv6(data.address) ?? throwAddress(data.address)];
  }
}

function encodeName(name: DnsName): Uint8Array {
  return joinBytes([...name.map((label) => encodeText(label, maxLabelBytes)), Uint8Array.of(0)]);
}

function encodeText(text: string, maxBytes: number): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > maxBytes) throw new RangeError(`a text of ${bytes.length} bytes in a DNS message`);
  return joinBytes([Uint8Array.of(bytes.length), bytes]);
}

function uint16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 255);
}

function throwAddress(address: string): never {
  throw new RangeError(`the address ${address} in a DNS message`);
}
