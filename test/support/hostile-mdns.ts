// Sends packets to port 5353 of multicast DNS that are torn, random, or full of claims; for a network of a test's own.
// Its argument is the number of packets. Each number gives the same packets.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import process from 'node:process';
import { promisify } from 'node:util';
import { Random } from '../../scripts/fuzz/random.ts';
import { encodeDns } from '../../src/protocol/dns/dns-encoder.ts';
import type { DnsMessage, DnsRecord } from '../../src/protocol/dns/dns-message.ts';

const type = ['_image-socket', '_tcp', 'local'];
const random = new Random('hostile');
const head = { ttl: 4_294_967_295, isUnique: true };

function claim(i: number): DnsMessage {
  const [name, target] = [
    [`r${i}`, ...type],
    [`h${i}`, 'local'],
  ];
  const answers: DnsRecord[] = [
    { ...head, name: type, type: 'PTR', target: name },
    { ...head, name, type: 'SRV', target, port: random.below(65_536) },
    { ...head, name, type: 'TXT', texts: ['v=2', `pin=${'f'.repeat(250)}`] },
    { ...head, name: target, type: 'A', address: `203.0.113.${i % 256}` },
  ];
  return { id: i % 65_536, isResponse: true, questions: [], answers, claims: [] };
}

function ask(): DnsMessage {
  const questions = Array.from({ length: 60 }, () => ({ name: type, type: 255 }));
  return { id: 0, isResponse: false, questions, answers: [], claims: [] };
}

function makePacket(i: number): Uint8Array {
  switch (i % 4) {
    case 0:
      return Uint8Array.from({ length: random.below(1400) }, () => random.below(256));
    case 1: {
      const bytes = encodeDns(claim(i));
      for (let n = 0; n < 4; n++) bytes[random.below(bytes.length)] = random.below(256);
      return bytes.subarray(0, random.below(bytes.length + 1));
    }
    case 2:
      return encodeDns(ask());
    default:
      return encodeDns(claim(i));
  }
}

const socket = createSocket({ type: 'udp4', reuseAddr: true });
// As a full member of multicast DNS, so that its questions are answered to all.
socket.bind(5353);
await once(socket, 'listening');
const send = promisify(
  socket.send.bind(socket) as (
    bytes: Uint8Array,
    port: number,
    to: string,
    done: (error: Error | null) => void,
  ) => void,
);
for (let i = 0; i < Number(process.argv[2]); i++) await send(makePacket(i), 5353, '224.0.0.251').catch(() => undefined);
socket.close();
