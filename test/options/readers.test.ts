import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOptions } from '../../src/options/read-options.ts';
import {
  ageMs,
  bytes,
  durationMs,
  flag,
  host,
  integer,
  oneOf,
  positiveMs,
  rate,
  size,
  text,
  timeoutMs,
} from '../../src/options/readers.ts';
import { formatBytes } from '../../src/system/byte-units.ts';

test('durationMs takes seconds, or a number with its unit', () => {
  const cases = { '10': 10_000, '0.5': 500, '500ms': 500, '10s': 10_000, '5m': 300_000, '2h': 7_200_000, '0': 0 };
  for (const [typed, ms] of Object.entries(cases)) assert.equal(durationMs(typed, 'x'), ms);
});

test('timeoutMs takes 0 for never, and positiveMs and ageMs take no 0', () => {
  assert.deepEqual([timeoutMs('0', 'x'), timeoutMs('1s', 'x')], [2 ** 31 - 1, 1000]);
  assert.throws(() => positiveMs('0', 'x'), { code: 'BAD_OPTION', message: /above 0: it is '0'/ });
  assert.equal(ageMs('52w', 'x'), 31_449_600_000);
  assert.throws(() => ageMs('7', 'x'), { code: 'BAD_OPTION', message: /12h, 7d or 8w: it is '7'/ });
});

test('bytes takes powers of 1000, as sizes are shown, and of 1024 where the unit says so', () => {
  const cases = {
    '1024': 1024,
    '7B': 7,
    '512K': 512_000,
    '1.5kb': 1500,
    '16M': 16_000_000,
    '16MiB': 16_777_216,
    '1g': 1e9,
    '2GB': 2e9,
    '1gi': 2 ** 30,
  };
  for (const [typed, number] of Object.entries(cases)) assert.equal(bytes(1, 2 ** 40)(typed, 'x'), number);
});

test('size takes width x height', () => {
  assert.deepEqual(size()('480x315', 'x'), { width: 480, height: 315 });
});

const group = 'Here:';
const describe = 'It is here';

test('numbers of a configuration file are taken like texts', () => {
  const options = { x: { group, describe, read: integer(0, 9) }, y: { group, describe, read: rate } };
  assert.deepEqual(readOptions(options, { x: 7, y: 29.97 }), { x: 7, y: 29.97 });
});

test('an option has its default, or else no value, when it is not given', () => {
  const options = { x: { group, describe, default: '5s', read: durationMs }, y: { group, describe, read: text } };
  assert.deepEqual(readOptions(options, {}), { x: 5000, y: undefined });
});

const once = (value: unknown) => readOptions({ x: { group, describe, read: text } }, { x: value });

const bad: Record<string, [read: () => unknown, message: RegExp]> = {
  'a whole number has a fraction': [() => integer(0, 9)('1.5', 'x'), /from 0 to 9: it is '1.5'/],
  'a whole number is hexadecimal': [() => integer(0, 9)('0x5', 'x'), /it is '0x5'/],
  'a whole number is over the limit': [() => integer(0, 9)('10', 'x'), /it is '10'/],
  'a time has no number': [() => durationMs('s', 'x'), /must be a time such as 10, 10s/],
  'a time is longer than timers count': [() => durationMs('25d', 'x'), /at most 24d: it is '25d'/],
  'a size has no x': [() => size()('480', 'x'), /WIDTHxHEIGHT/],
  'a size is zero': [() => size()('0x5', 'x'), /WIDTHxHEIGHT/],
  'a size is more than a JPEG holds': [() => size()('65501x5', 'x'), /WIDTHxHEIGHT/],
  'a size has too many pixels': [() => size(100)('11x10', 'x'), /at most 100 pixels: it is '11x10'/],
  'a rate is zero': [() => rate('0', 'x'), /above 0/],
  'a word is none of those that there are': [() => oneOf('a', 'b')('c', 'x'), /a or b: it is 'c'/],
  'a host has a port': [() => host('pc:8080', 'x'), /as in --host pc --port 8080/],
  'a switch is neither on nor off': [() => flag('1', 'x'), /true or false: it is '1'/],
  'a text is empty': [() => once(' '), /must be given a value/],
  'an option is given as a list': [() => once(['a', 'b']), /must be given once: it is 'a, b'/],
};

for (const [when, [read, message]] of Object.entries(bad)) {
  test(`an option is refused with its name, limit and value when ${when}`, () => {
    assert.throws(read, { code: 'BAD_OPTION', message });
    assert.throws(read, /^CodedError: Cannot use --x as it must be /);
  });
}

test('a switch is on for true alone', () => {
  const options = { x: { group, describe, default: 'false', read: flag } };
  const found = [{ x: true }, { x: false }, {}].map((raw) => readOptions(options, raw).x);
  assert.deepEqual(found, [true, false, false]);
});

test('bytes and formatBytes mean the same by each unit', () => {
  for (const [typed, shown] of Object.entries({
    '5000GB': '5.00 TB',
    '20GB': '20.00 GB',
    '16M': '16.0 MB',
    '12K': '12.0 kB',
  })) {
    const number = bytes(1, 1e15)(typed, 'x');
    assert.equal(formatBytes(number), shown);
    assert.equal(bytes(1, 1e15)(shown.replace(' ', ''), 'x'), number);
  }
});
