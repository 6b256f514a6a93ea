import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { shrink } from '../../../scripts/fuzz/shrink.ts';

const input = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7) & 0xff);

describe('shrink', () => {
  test('leaves only the bytes for which the input fails', async () => {
    const fails = async (bytes: Uint8Array) => bytes.includes(42) && bytes.indexOf(43, bytes.indexOf(42)) >= 0;
    assert.deepEqual(await shrink(input, fails), Uint8Array.of(42, 43));
  });

  test('puts zeros where any byte fails', async () => {
    assert.deepEqual(await shrink(input, async (bytes) => bytes.length >= 5), new Uint8Array(5));
  });

  test('gives the input back when nothing smaller fails', async () => {
    const fails = async (bytes: Uint8Array) =>
      bytes.length === input.length && bytes.every((byte, i) => byte === input[i]);
    assert.deepEqual(await shrink(input, fails), input);
  });

  test('tries no more often than it may', async () => {
    let tries = 0;
    const fails = async () => {
      tries++;
      return false;
    };
    await shrink(input, fails, 10);
    assert.equal(tries, 10);
  });
});
