import { ProtocolError } from '../errors.ts';
import { formatIpv4, formatIpv6 } from './dns-address.ts';
import {
  type DnsData,
  type DnsMessage,
  type DnsName,
  type DnsQuestion,
  type DnsRecord,
  dnsTypes,
  maxDnsBytes,
  maxDnsNameBytes,
  maxLabelBytes,
} from './dns-message.ts';

const headBytes = 12;
const maxQuestions = 64;
const maxRecords = 256;
/** Names that point to names that point to names would cost much time for few bytes. */
const maxPointers = 8;
const pointerBytes = 2;
/** In front of the class of a record; the same bit of a question asks for an answer to its sender alone. */
const uniqueBit = 0x8000;
/** Opcode and result: RFC 6762, section 18, has both ignored unless they are 0. */
const otherKinds = 0x780f;

/**
 * Reads one message. It holds at most 64 questions and 256 records.
 * @throws ProtocolError BAD_MESSAGE
 */
export function decodeDns(bytes: Uint8Array): DnsMessage {
  return new MessageReader(bytes).read();
}

interface PartOfName {
  readonly labels: string[];
  /** With the lengths of the labels, and the end of the name. */
  bytes: number;
}

class MessageReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    if (bytes.length < headBytes || bytes.length > maxDnsBytes) {
      throw bad(`it has ${bytes.length} bytes, rather than ${headBytes} to ${maxDnsBytes}`);
    }
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  read(): DnsMessage {
    const [id, flags] = [this.#uint16(), this.#uint16()];
    if ((flags & otherKinds) !== 0) throw bad('it is neither a question nor an answer');
    const questions = this.#uint16();
    const [answers, claims, additional] = [this.#uint16(), this.#uint16(), this.#uint16()];
    if (questions > maxQuestions) throw bad(`it says that it has ${questions} questions, of at most ${maxQuestions}`);
    const records = answers + claims + additional;
    if (records > maxRecords) throw bad(`it says that it has ${records} records, of at most ${maxRecords}`);
    const asked = Array.from({ length: questions }, () => this.#question());
    const read = (count: number) => Array.from({ length: count }, () => this.#record());
    const [found, claimed, more] = [read(answers), read(claims), read(additional)];
    const known = (some: readonly (DnsRecord | undefined)[]) => some.filter((record) => record !== undefined);
    return {
      id,
      isResponse: flags >= 0x8000,
      questions: asked,
      answers: known([...found, ...more]),
      claims: known(claimed),
    };
  }

  #question(): DnsQuestion {
    const name = this.#name();
    const type = this.#uint16();
    this.#uint16();
    return { name, type };
  }

  /** Undefined: of another type. */
  #record(): DnsRecord | undefined {
    const name = this.#name();
    const [type, kind, ttl, length] = [this.#uint16(), this.#uint16(), this.#uint32(), this.#uint16()];
    const end = this.#at + length;
    if (end > this.#bytes.length) throw bad('a record ends behind it');
    const data = this.#data(type, end);
    this.#at = end;
    return data && { name, ttl, isUnique: (kind & uniqueBit) !== 0, ...data };
  }

  #data(type: number, end: number): DnsData | undefined {
    switch (type) {
      case dnsTypes.PTR:
        return { type: 'PTR', target: this.#name(end) };
      case dnsTypes.SRV: {
        // Its priority and weight: there is one of each name.
        this.#take(4, end);
        const port = this.#uint16(end);
        return { type: 'SRV', port, target: this.#name(end) };
      }
      case dnsTypes.TXT:
        return { type: 'TXT', texts: this.#texts(end) };
      case dnsTypes.A:
        return { type: 'A', address: formatIpv4(this.#take(4, end)) };
      case dnsTypes.AAAA:
        return { type: 'AAAA', address: formatIpv6(this.#take(16, end)) };
      default:
        return undefined;
    }
  }

  #texts(end: number): string[] {
    const texts: string[] = [];
    while (this.#at < end) {
      const length = this.#take(1, end)[0] as number;
      if (length > 0) texts.push(decodeText(this.#take(length, end)));
    }
    return texts;
  }

  /** A name ends within `end`, and goes on at earlier places of the message where it says so. */
  #name(end = this.#bytes.length): DnsName {
    const name: PartOfName = { labels: [], bytes: 1 };
    let { next, pointer } = this.#labels(name, this.#at, end);
    this.#at = next;
    for (let pointers = 1; pointer !== undefined; pointers++) {
      if (pointers > maxPointers) throw bad(`a name points more than ${maxPointers} times`);
      // Each pointer leads before the last one, so that no name leads in a circle.
      ({ next, pointer } = this.#labels(name, pointer, next - pointerBytes));
    }
    return name.labels;
  }

  /**
   * Adds labels up to the end of the name or to a pointer. `next` is the place behind that.
   * @param limit where the name must have ended
   */
  #labels(name: PartOfName, from: number, limit: number): { next: number; pointer: number | undefined } {
    let at = from;
    for (;;) {
      const length = at < limit ? (this.#bytes[at] as number) : throwShort();
      if (length >= 0xc0) return { next: at + pointerBytes, pointer: this.#pointer(at, limit) };
      if (length > maxLabelBytes) throw bad(`a label has a length of ${length}`);
      at += 1 + length;
      if (length === 0) return { next: at, pointer: undefined };
      name.bytes += 1 + length;
      if (at > limit) throwShort();
      if (name.bytes > maxDnsNameBytes) throw bad(`a name has more than ${maxDnsNameBytes} bytes`);
      name.labels.push(decodeText(this.#bytes.subarray(at - length, at)));
    }
  }

  #pointer(at: number, limit: number): number {
    if (at + pointerBytes > limit) throwShort();
    const to = this.#view.getUint16(at) & 0x3fff;
    if (to >= at || to < headBytes) throw bad('a name points to no name before it');
    return to;
  }

  #take(length: number, end = this.#bytes.length): Uint8Array {
    const from = this.#at;
    this.#at += length;
    if (this.#at > end) throwShort();
    return this.#bytes.subarray(from, this.#at);
  }

  #uint16(end?: number): number {
    const from = this.#at;
    this.#take(2, end);
    return this.#view.getUint16(from);
  }

  #uint32(): number {
    const from = this.#at;
    this.#take(4);
    return this.#view.getUint32(from);
  }
}

/** Bytes that are no UTF-8 become U+FFFD. */
function decodeText(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

function throwShort(): never {
  throw bad('it ends too soon');
}

function bad(why: string): ProtocolError {
  return new ProtocolError('BAD_MESSAGE', `Cannot read the DNS message: ${why}`);
}
