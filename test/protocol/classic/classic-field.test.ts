import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  formatMarkedTime,
  formatTime,
  parseMarkedTime,
  writeField,
} from '../../../src/protocol/classic/classic-field.ts';

function field(text: string): Uint8Array {
  const bytes = new Uint8Array(64);
  writeField(text, bytes, 0);
  return bytes;
}

function readTime(text: string): number {
  return parseMarkedTime(field(text)).capturedAtUs;
}

test('formatTime writes UTC with six digits of a second', () => {
  assert.equal(formatTime(1_000_000_000_000_007), '2001-09-09 01:46:40.000007');
});

test('formatTime and a time field agree before 1970 too', () => {
  assert.equal(formatTime(-1), '1969-12-31 23:59:59.999999');
  assert.equal(readTime('1969-12-31 23:59:59.999999'), -1);
});

test('a time field gives back what formatTime wrote, for any time that a number holds exactly', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (us) => {
      assert.equal(readTime(formatTime(us)), us);
    }),
  );
});

test('a time field takes a whole second without its fraction, as Python prints it', () => {
  assert.equal(readTime('2001-09-09 01:46:40'), 1_000_000_000_000_000);
});

for (const text of [
  '',
  '\u00a02026-01-01 00:00:00.000000',
  '2026-01-01 00:00:00.000000\t',
  'now',
  '2026-13-01 00:00:00.000000',
  '2026-02-30 00:00:00.000000',
  '2026-01-01 24:00:00.000000',
  '2026-01-01 00:60:00.000000',
  '2026-01-01T00:00:00.000000',
  '2026-01-01 00:00:00.0000001',
  '2026-01-01 00:00:00.000000 and more',
  '2256-01-01 00:00:00.000000',
  '9999-12-31 23:59:59.999999',
]) {
  test(`a time field rejects '${text}'`, () => {
    assert.throws(() => readTime(text), { code: 'BAD_TIME' });
  });
}

test('a time field shows bytes outside printable ASCII as question marks when it rejects them', () => {
  const bytes = field('x');
  bytes.set([0x1b, 0x5b, 0x32, 0x4a, 0xff], 1);
  assert.throws(() => parseMarkedTime(bytes), { message: /it is 'x\?\[2J\?'/ });
});

test('a time field gives back its mark, whatever the sequence, and fits', () => {
  const streams = fc.stringMatching(/^[0-9A-Za-z][0-9A-Za-z-]{0,21}$/);
  fc.assert(
    fc.property(streams, fc.integer({ min: 1, max: 9_999_999_999 }), (stream, sequence) => {
      const text = formatMarkedTime(1_000_000_000_000_007, { stream, sequence });
      assert.deepEqual(parseMarkedTime(field(text)), {
        capturedAtUs: 1_000_000_000_000_007,
        mark: { stream, sequence },
      });
    }),
  );
});

for (const mark of ['is2/pi-01/0', 'is2//1', 'is2/-rf/1', 'is2/pi_01/1', 'is2/pi-01/12345678901', 'is3/pi-01/1']) {
  test(`a time field is rejected when its mark is '${mark}'`, () => {
    assert.throws(() => readTime(`2001-09-09 01:46:40.000007 ${mark}`), { code: 'BAD_TIME' });
  });
}

test('a time field goes without a mark when its sequence would not fit', () => {
  const text = formatMarkedTime(0, { stream: 'pi-01', sequence: 10_000_000_000 });
  assert.equal(text, '1970-01-01 00:00:00.000000');
});

test('writeField pads with spaces and rejects more than 64 characters', () => {
  assert.equal(Buffer.from(field('128')).toString(), '128'.padEnd(64));
  assert.throws(() => field('x'.repeat(65)), RangeError);
});
