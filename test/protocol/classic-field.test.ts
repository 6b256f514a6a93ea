import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatTime, parseTime, writeField } from '../../src/protocol/classic-field.ts';

function field(text: string): Uint8Array {
  const bytes = new Uint8Array(64);
  writeField(text, bytes, 0);
  return bytes;
}

test('formatTime writes UTC with six digits of a second', () => {
  assert.equal(formatTime(1_000_000_000_000_007), '2001-09-09 01:46:40.000007');
});

test('formatTime and parseTime agree before 1970 too', () => {
  assert.equal(formatTime(-1), '1969-12-31 23:59:59.999999');
  assert.equal(parseTime(field('1969-12-31 23:59:59.999999')), -1);
});

test('parseTime gives back what formatTime wrote, for any time that a number holds exactly', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (us) => {
      assert.equal(parseTime(field(formatTime(us))), us);
    }),
  );
});

test('parseTime takes a whole second without its fraction, as Python prints it', () => {
  assert.equal(parseTime(field('2001-09-09 01:46:40')), 1_000_000_000_000_000);
});

for (const text of [
  '',
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
  test(`parseTime refuses '${text}'`, () => {
    assert.throws(() => parseTime(field(text)), { code: 'BAD_TIME' });
  });
}

test('parseTime shows bytes outside printable ASCII as question marks when it refuses them', () => {
  const bytes = field('x');
  bytes.set([0x1b, 0x5b, 0x32, 0x4a, 0xff], 1);
  assert.throws(() => parseTime(bytes), { message: /it is 'x\?\[2J\?'/ });
});

test('writeField pads with spaces and refuses more than 64 characters', () => {
  assert.equal(Buffer.from(field('128')).toString(), '128'.padEnd(64));
  assert.throws(() => field('x'.repeat(65)), RangeError);
});
