import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  readBytes,
  readDurationMs,
  readInteger,
  readRate,
  readSize,
  readSwitch,
  readText,
} from '../../src/options/values.ts';
import { formatBytes } from '../../src/system/byte-units.ts';

test('readDurationMs takes seconds, or a number with its unit', () => {
  const cases = { '10': 10_000, '0.5': 500, '500ms': 500, '10s': 10_000, '5m': 300_000, '2h': 7_200_000, '0': 0 };
  for (const [text, ms] of Object.entries(cases)) assert.equal(readDurationMs({ x: text }, 'x'), ms);
});

test('readBytes takes powers of 1000, as sizes are shown, and of 1024 where the unit says so', () => {
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
  for (const [text, bytes] of Object.entries(cases)) assert.equal(readBytes({ x: text }, 'x', 1, 2 ** 40), bytes);
});

test('readSize takes width x height', () => {
  assert.deepEqual(readSize({ x: '480x315' }, 'x'), { width: 480, height: 315 });
});

test('numbers of a configuration file are taken like texts', () => {
  assert.equal(readInteger({ x: 7 }, 'x', 0, 9), 7);
  assert.equal(readRate({ x: 29.97 }, 'x'), 29.97);
});

const bad: Record<string, [read: () => unknown, message: RegExp]> = {
  'a whole number has a fraction': [() => readInteger({ x: '1.5' }, 'x', 0, 9), /from 0 to 9: it is '1.5'/],
  'a whole number is hexadecimal': [() => readInteger({ x: '0x5' }, 'x', 0, 9), /it is '0x5'/],
  'a whole number is over the limit': [() => readInteger({ x: '10' }, 'x', 0, 9), /it is '10'/],
  'a time has no number': [() => readDurationMs({ x: 's' }, 'x'), /must be a time such as 10, 10s/],
  'a time is longer than timers count': [() => readDurationMs({ x: '25d' }, 'x'), /at most 24d: it is '25d'/],
  'a size has no x': [() => readSize({ x: '480' }, 'x'), /WIDTHxHEIGHT/],
  'a size is zero': [() => readSize({ x: '0x5' }, 'x'), /WIDTHxHEIGHT/],
  'a size is more than a JPEG holds': [() => readSize({ x: '65501x5' }, 'x'), /WIDTHxHEIGHT/],
  'a rate is zero': [() => readRate({ x: '0' }, 'x'), /above 0/],
  'a text is empty': [() => readText({ x: ' ' }, 'x'), /must be given a value/],
  'an option is given as a list': [() => readText({ x: ['a', 'b'] }, 'x'), /must be given once: it is 'a, b'/],
};

for (const [when, [read, message]] of Object.entries(bad)) {
  test(`an option is refused with its name, limit and value when ${when}`, () => {
    assert.throws(read, { code: 'BAD_OPTION', message });
    assert.throws(read, /^CodedError: Cannot use --x as it must be /);
  });
}

test('readSwitch is on for true alone', () => {
  assert.equal(readSwitch({ x: true }, 'x'), true);
  assert.equal(readSwitch({ x: false }, 'x'), false);
  assert.equal(readSwitch({}, 'x'), false);
});

test('readBytes and formatBytes mean the same by each unit', () => {
  for (const [text, shown] of Object.entries({
    '5000GB': '5.00 TB',
    '20GB': '20.00 GB',
    '16M': '16.0 MB',
    '12K': '12.0 kB',
  })) {
    const bytes = readBytes({ x: text }, 'x', 1, 1e15);
    assert.equal(formatBytes(bytes), shown);
    assert.equal(readBytes({ x: shown.replace(' ', '') }, 'x', 1, 1e15), bytes);
  }
});
