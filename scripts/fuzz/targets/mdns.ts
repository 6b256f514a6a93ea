import type { LocalNetwork } from '../../../src/network/discovery/local-networks.ts';
import { ReceiverCollector } from '../../../src/network/discovery/receiver-collector.ts';
import { isAsked, makeRecords, receiverType } from '../../../src/network/discovery/service-records.ts';
import { decodeDns } from '../../../src/protocol/dns/dns-decoder.ts';
import { encodeDns } from '../../../src/protocol/dns/dns-encoder.ts';
import type { DnsMessage, DnsRecord } from '../../../src/protocol/dns/dns-message.ts';
import { hasUnprintable } from '../../../src/protocol/unprintable.ts';
import { expectCode } from '../check-stream.ts';
import type { Random } from '../random.ts';
import { Failure, type Outcome, type Target } from '../target.ts';
import { toBytes } from './seeds.ts';

const network: LocalNetwork = { name: 'eth0', address: '192.168.1.2', mask: '255.255.255.0', ipv6: ['fd00::2'] };
const source = { network, address: '192.168.1.5', port: 5353 };
const records = makeRecords(
  [{ type: receiverType, label: 'my-pc', port: 8080, texts: ['v=2', 'tls=0'], listens: ['::'] }],
  ['image-receiver-1', 'local'],
  network,
);

function seed(random: Random): Uint8Array {
  const label = random.pick(['my-pc', 'Gartenhäuschen', 'a.b', 'm'.repeat(63)]);
  const pin = random.pick(['0f3a0f3a', '0'.repeat(64), 'none']);
  const texts = ['v=2', `tls=${random.below(2)}`, `pin=${pin}`, `web=${random.below(70_000)}`];
  const service = { type: receiverType, label, port: random.below(65_536), texts, listens: ['::'] };
  const answers = makeRecords([service], ['host', 'local'], network).map(
    (record): DnsRecord => ({ ...record, ttl: random.pick([0, 120, 4_294_967_295]) }),
  );
  const isResponse = !random.oneIn(3);
  const questions = isResponse ? [] : [{ name: receiverType, type: random.pick([12, 255]) }];
  return encodeDns({ id: random.below(65_536), isResponse, questions, answers, claims: random.pick([[], answers]) });
}

function check(input: Uint8Array): Outcome {
  let message: DnsMessage;
  try {
    message = decodeDns(input);
  } catch (error) {
    const { code, message: text } = expectCode(error, ['BAD_MESSAGE']);
    return { code, signature: text.replaceAll(/\d+/g, '#'), bytes: input.length };
  }
  checkRoundTrip(message);
  const collector = new ReceiverCollector();
  collector.add(message, source);
  const found = collector.list();
  for (const { name, addresses, port } of found) {
    if (hasUnprintable(name) || addresses.length === 0 || port < 1) throw new Failure(`found ${name} at ${addresses}`);
  }
  const types = new Set(message.answers.map(({ type }) => type));
  const signature = `${message.isResponse} ${[...types].sort()} ${found.length} ${isAsked(message, records)}`;
  return { code: undefined, signature, bytes: input.length };
}

/** Texts that are no UTF-8 come out longer: the message may be too long then. */
function checkRoundTrip(message: DnsMessage): void {
  let bytes: Uint8Array;
  try {
    bytes = encodeDns(message);
  } catch (error) {
    if (error instanceof RangeError) return;
    throw error;
  }
  if (JSON.stringify(decodeDns(bytes)) !== JSON.stringify(message)) throw new Failure('a round trip changes it');
}

/** Messages of multicast DNS: reading them, collecting receivers, and answering. */
export const mdns: Target = {
  seed,
  structure: {
    // Most names end with this label.
    cuts: (bytes) => {
      const cuts: number[] = [];
      for (let at = bytes.indexOf(5); at >= 0 && cuts.length < 200; at = bytes.indexOf(5, at + 1)) {
        if (bytes[at + 1] === 0x6c) cuts.push(at + 7);
      }
      return cuts.filter((at) => at <= bytes.length);
    },
    tokens: [
      ...['\x05local\0', '\x0d_image-socket\x04_tcp\x05local\0', '\x09_services\x07_dns-sd\x04_udp'].map(toBytes),
      ...[0x0c, 0x1d, 0xff].map((at) => Uint8Array.of(0xc0, at)),
      ...[1, 12, 16, 28, 33, 255].map((type) => Uint8Array.of(0, type, 0x80, 1, 0, 0, 0, 120)),
      Uint8Array.of(63),
    ],
  },
  check,
  hold: {
    // The names of each record, and the entries of 64 receivers.
    maxBytes: () => 500_000,
    open(input) {
      const collector = new ReceiverCollector();
      try {
        collector.add(decodeDns(input), source);
      } catch (error) {
        expectCode(error, ['BAD_MESSAGE']);
      }
      return collector;
    },
  },
};
