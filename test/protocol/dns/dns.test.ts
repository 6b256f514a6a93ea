import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { formatIpv6, parseIpv4, parseIpv6 } from '../../../src/protocol/dns/dns-address.ts';
import { decodeDns } from '../../../src/protocol/dns/dns-decoder.ts';
import { encodeDns } from '../../../src/protocol/dns/dns-encoder.ts';
import { type DnsMessage, type DnsRecord, isSameName, nameKey } from '../../../src/protocol/dns/dns-message.ts';
import { ProtocolError } from '../../../src/protocol/errors.ts';

const name = ['my-pc', '_image-socket', '_tcp', 'local'];
const head = { name, ttl: 120, isUnique: true };
const records: DnsRecord[] = [
  { ...head, name: name.slice(1), isUnique: false, type: 'PTR', target: name },
  { ...head, type: 'SRV', target: ['my-pc', 'local'], port: 8080 },
  { ...head, type: 'TXT', texts: ['v=2', 'pin=0f3a'] },
  { ...head, type: 'A', address: '192.168.1.5' },
  { ...head, ttl: 4_000_000_000, type: 'AAAA', address: 'fd00:0:0:0:0:0:0:1' },
];
const whole: DnsMessage = {
  id: 7,
  isResponse: true,
  questions: [{ name: name.slice(1), type: 12 }],
  answers: records,
  claims: [records[1] as DnsRecord],
};

/** The bytes of hexadecimal digits. */
const hex = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/[0-9a-f]{2}/g) ?? [], (two) => Number.parseInt(two, 16));
/** A response with one record, whose bytes are given; the head has 12 bytes. */
const response = (record: string, count = '0001'): Uint8Array => hex(`0000 8400 0000 ${count} 0000 0000 ${record}`);
const root = '00';
const tail = (type: string, length: string): string => `${type} 0001 00000078 ${length}`;

function assertBad(bytes: Uint8Array, why: RegExp): void {
  assert.throws(
    () => decodeDns(bytes),
    (error) => error instanceof ProtocolError && error.code === 'BAD_MESSAGE' && why.test(error.message),
  );
}

describe('a DNS message', () => {
  test('is read as it was written', () => {
    assert.deepEqual(decodeDns(encodeDns(whole)), whole);
    const question = { ...whole, id: 0, isResponse: false, answers: [], claims: [] };
    assert.deepEqual(decodeDns(encodeDns(question)), question);
  });

  test('has an empty text where there is none, which is not read', () => {
    const [empty] = decodeDns(encodeDns({ ...whole, answers: [{ ...head, type: 'TXT', texts: [] }] })).answers;
    assert.deepEqual(empty, { ...head, type: 'TXT', texts: [] });
  });

  test('may shorten names by pointing to earlier ones', () => {
    // At 12 stands `a.local`; the target is `b` and then the `local` of it.
    const bytes = response(`0161 056c6f63616c 00 ${tail('000c', '0004')} 0162 c00e`);
    assert.deepEqual(decodeDns(bytes).answers[0], {
      ...{ name: ['a', 'local'], ttl: 120, isUnique: false, type: 'PTR' },
      target: ['b', 'local'],
    });
  });

  test('may hold records of other types, which are left out', () => {
    const bytes = response(`${root} ${tail('0063', '0002')} ffff ${root} ${tail('0001', '0004')} 01020304`, '0002');
    assert.deepEqual(
      decodeDns(bytes).answers.map(({ type }) => type),
      ['A'],
    );
  });

  for (const [what, bytes, why] of [
    ['is too short', hex('0000'), /2 bytes/],
    ['is too long', new Uint8Array(9001), /9001 bytes/],
    ['is an update', hex('0000 2800 0000 0000 0000 0000'), /neither/],
    ['has too many questions', hex('0000 0000 0041 0000 0000 0000'), /65 questions/],
    ['has too many records', hex('0000 8400 0000 0080 0040 0041'), /257 records/],
    ['lacks a record', response(''), /too soon/],
    ['ends within a label', response('0561'), /too soon/],
    ['ends within a pointer', response('c0'), /too soon/],
    ['points to itself', response('c00c'), /points/],
    ['points ahead', response('c0ff'), /points/],
    ['points into the head', response('c000'), /points/],
    ['has a label of another kind', response('41'), /length of 65/],
    ['ends within a number', response(`${root} 00`), /too soon/],
    ['has a record that ends behind it', response(`${root} ${tail('0063', '0001')}`), /ends behind/],
    ['has an address that is too short', response(`${root} ${tail('0001', '0003')} 010203 00`), /too soon/],
    ['has a port that is too short', response(`${root} ${tail('0021', '0005')} 0000 0000 1f 90 00`), /too soon/],
    ['has a text that is too short', response(`${root} ${tail('0010', '0002')} 0261 62`), /too soon/],
    ['has a target that is longer than its record', response(`${root} ${tail('000c', '0001')} 0161 00`), /too soon/],
    ['has a name of 257 bytes', response(`${`3f${'61'.repeat(63)}`.repeat(4)} 00`), /255 bytes/],
    [
      'points nine times for one name',
      // Each name is a pointer to the one before it; they are the data of the record of another type.
      response(
        `${root} ${tail('0063', '0012')} 00 00 ${['17', '19', '1b', '1d', '1f', '21', '23', '25'].map((at) => `c0${at}`).join('')} c027`,
        '0002',
      ),
      /points more than 8/,
    ],
  ] as const) {
    test(`is refused where it ${what}`, () => assertBad(bytes, why));
  }

  test('ends with a code of its own or is read, whatever its bytes', () => {
    const good = encodeDns(whole);
    const change = fc.tuple(fc.nat(good.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 6 }), fc.nat(good.length), (changes, length) => {
        const bytes = good.slice(0, length);
        for (const [at, value] of changes) if (at < length) bytes[at] = value;
        try {
          const { questions, answers, claims } = decodeDns(bytes);
          assert.ok(questions.length <= 64 && answers.length + claims.length <= 256);
        } catch (error) {
          assert.ok(error instanceof ProtocolError, String(error));
        }
      }),
    );
  });

  test('is not written where a part of it is too long or no address', () => {
    const write = (record: DnsRecord) => () => encodeDns({ ...whole, answers: [record] });
    assert.throws(write({ ...head, name: ['a'.repeat(64)], type: 'TXT', texts: [] }), RangeError);
    assert.throws(write({ ...head, type: 'TXT', texts: ['ä'.repeat(128)] }), RangeError);
    assert.throws(write({ ...head, type: 'A', address: '1.2.3' }), RangeError);
    assert.throws(write({ ...head, type: 'AAAA', address: '::1%eth0' }), RangeError);
    const long = Array.from({ length: 40 }, () => 'a'.repeat(255));
    assert.throws(write({ ...head, type: 'TXT', texts: long }), RangeError);
  });
});

describe('a DNS name', () => {
  test('is the same in capital letters of ASCII', () => {
    assert.ok(isSameName(['My-PC', 'LOCAL'], ['my-pc', 'local']));
    assert.ok(!isSameName(['Ä'], ['ä']));
    assert.ok(!isSameName(['my-pc'], ['my-pc', 'local']));
    assert.equal(nameKey(['A', 'b']), nameKey(['a', 'B']));
    assert.notEqual(nameKey(['a.b']), nameKey(['a', 'b']));
  });
});

describe('an address', () => {
  test('of IPv6 may leave zeros out', () => {
    for (const text of ['::', '::1', 'fe80::', 'fd00::1:2', '1:2:3:4:5:6:7:8', 'FE80::A']) {
      const bytes = parseIpv6(text);
      assert.ok(bytes !== undefined, text);
      assert.equal(new URL(`http://[${formatIpv6(bytes)}]/`).hostname, new URL(`http://[${text}]/`).hostname);
    }
  });

  test('is none where something is missing or too much', () => {
    for (const text of ['', '1', '1:2:3:4:5:6:7', '1::2::3', '1:2:3:4:5:6:7::8', '::12345', '::1%1', '::1.2.3.4']) {
      assert.equal(parseIpv6(text), undefined, text);
    }
    for (const text of ['', '1.2.3', '1.2.3.4.5', '1.2.3.256', '1.2.3.x']) assert.equal(parseIpv4(text), undefined);
  });
});
