import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mutate, type Structure } from '../../../scripts/fuzz/mutate.ts';
import { byteMutators, writeExtreme } from '../../../scripts/fuzz/mutate-bytes.ts';
import { Random } from '../../../scripts/fuzz/random.ts';

const input = Uint8Array.from({ length: 60 }, (_, i) => i);
const other = new Uint8Array(40).fill(200);
const token = Uint8Array.of(250, 251, 252);
/** Three parts: of 10, 20 and 30 bytes. */
const structure: Structure = { cuts: ({ length }) => [10, 30].filter((at) => at < length), tokens: [token] };

const texts = (bytes: Uint8Array): string => [...bytes].join(' ');
const part = (from: number, to: number): string => texts(input.subarray(from, to));

/** The results of that many rounds of changes of the input. */
function change(rounds: number, seed = 1): string[] {
  const random = new Random(seed);
  return Array.from({ length: rounds }, () => texts(mutate(input, other, structure, random)));
}

describe('mutate', () => {
  test('gives the same for the same seed, and something else for another', () => {
    assert.deepEqual(change(50), change(50));
    assert.notDeepEqual(change(50), change(50, 2));
  });

  test('leaves the input as it is', () => {
    change(1000);
    assert.deepEqual(
      input,
      Uint8Array.from({ length: 60 }, (_, i) => i),
    );
  });

  test('drops, doubles and swaps parts whole, puts other parts between them, and ends between them', () => {
    const found = new Set(change(10_000));
    const [a, b, c] = [part(0, 10), part(10, 30), part(30, 60)];
    const wanted = {
      dropped: `${a} ${c}`,
      doubled: `${a} ${b} ${b} ${c}`,
      swapped: `${b} ${a} ${c}`,
      'cut behind': `${a} ${b}`,
      'cut a byte later': `${a} ${b} 30`,
      'other part between': `${a} ${texts(other.subarray(0, 10))} ${b} ${c}`,
      'begin of one, then the other': `${a} ${texts(other)}`,
      'token at a part': `${a} ${texts(token)} ${b} ${c}`,
    };
    for (const [how, text] of Object.entries(wanted)) assert.ok(found.has(text), how);
    assert.ok(
      [...found].some((text) => text.startsWith(`${a} 255 255 255 255 `)),
      'extreme number at a part',
    );
  });

  test('makes of most inputs another one', () => {
    const same = change(2000).filter((text) => text === texts(input)).length;
    assert.ok(same < 200, `${same} of 2000 are the same`);
  });

  test('takes an input without bytes, and one without parts or tokens', () => {
    const random = new Random(1);
    const bare: Structure = { cuts: () => [], tokens: [] };
    for (let i = 0; i < 2000; i++) mutate(new Uint8Array(), new Uint8Array(), bare, random);
    for (let i = 0; i < 2000; i++) mutate(Uint8Array.of(1), new Uint8Array(), bare, random);
  });

  test('keeps every input below a mebibyte', () => {
    const random = new Random(1);
    let bytes: Uint8Array = input;
    let longest = 0;
    for (let i = 0; i < 8000; i++) {
      bytes = mutate(bytes, bytes, structure, random);
      longest = Math.max(longest, bytes.length);
      if (i % 50 === 0) bytes = input;
    }
    assert.ok(longest > 2 ** 16 && longest <= 2 ** 20, `the longest has ${longest} bytes`);
  });
});

describe('the mutators of bytes', () => {
  test('each change something', () => {
    for (const [i, mutator] of byteMutators.entries()) {
      const random = new Random(i);
      const digits = new TextEncoder().encode('Content-Length: 42');
      const found = Array.from({ length: 20 }, () => texts(mutator(digits, random)));
      assert.ok(
        found.some((text) => text !== texts(digits)),
        `mutator ${i}`,
      );
    }
  });

  test('write numbers over the bytes that are there, or behind the last ones', () => {
    const random = new Random(3);
    for (let i = 0; i < 200; i++) {
      const changed = writeExtreme(input, 58, random);
      assert.equal(texts(changed.subarray(0, 58)), part(0, 58));
      assert.ok(changed.length >= 60 && changed.length <= 66);
    }
  });
});
