import assert from 'node:assert/strict';
import process from 'node:process';
import { describe, test } from 'node:test';
import { checkAlone } from '../../../scripts/fuzz/check-alone.ts';
import { checkStream, type StreamFormat } from '../../../scripts/fuzz/check-stream.ts';
import { Explorer } from '../../../scripts/fuzz/explore.ts';
import { Random } from '../../../scripts/fuzz/random.ts';
import type { Outcome, Target } from '../../../scripts/fuzz/target.ts';
import { ProtocolError } from '../../../src/protocol/errors.ts';

/** Keeps the processor busy. */
function burn(ms: number): void {
  const { user } = process.cpuUsage();
  while (process.cpuUsage().user - user < ms * 1000) Math.sqrt(ms);
}

const structure = { cuts: () => [], tokens: [] };

function makeTarget(check: (input: Uint8Array) => void, over: Partial<Target> = {}): Target {
  return {
    seed: () => new Uint8Array(8),
    structure,
    check: (input): Outcome => {
      check(input);
      return { code: undefined, signature: String(input[0]), bytes: input.length };
    },
    ...over,
  };
}

/** The first failure within that many inputs. */
async function explore(target: Target, inputs = 5000) {
  const explorer = new Explorer(target, 'seed');
  for (let i = 0; i < inputs; i++) {
    const failed = await explorer.try(explorer.next());
    if (failed !== undefined) return { failed, explorer };
  }
  return { failed: undefined, explorer };
}

describe('Explorer', () => {
  test('finds an input for which the target throws', async () => {
    const { failed } = await explore(
      makeTarget((input) => {
        if (input.length > 3 && input[2] === 0xff) throw new TypeError('it fails');
      }),
    );
    assert.match(failed?.message ?? '', /^TypeError: it fails/);
    assert.equal(failed?.input[2], 0xff);
  });

  test('finds an input that takes long, also when it is tried again', async () => {
    const { failed } = await explore(
      makeTarget(
        (input) => {
          if (input.length > 20) burn(30);
        },
        { baseMs: 20 },
      ),
    );
    assert.match(failed?.message ?? '', /^it takes \d+ ms of a processor for \d+ bytes, alone too$/);
  });

  test('takes no input for slow that was slow once', async () => {
    let calls = 0;
    const { failed, explorer } = await explore(
      makeTarget(
        () => {
          if (calls++ === 50) burn(200);
        },
        { baseMs: 100 },
      ),
      100,
    );
    assert.deepEqual([failed, explorer.stats.inputs], [undefined, 100]);
  });

  test('changes inputs further that had an outcome of their own', async () => {
    // Three changes in their order: one alone is found in no time.
    const { failed } = await explore(
      makeTarget(() => undefined, {
        structure: { cuts: () => [], tokens: [1, 2, 3].map((byte) => Uint8Array.of(byte)) },
        check: (input) => {
          const depth = [1, 2, 3].findIndex((byte, i) => input[i] !== byte);
          if (depth < 0) throw new Error('all three');
          return { code: undefined, signature: `${depth}`, bytes: input.length };
        },
      }),
      20_000,
    );
    assert.match(failed?.message ?? '', /all three/);
  });

  test('makes the same inputs for the same seed', async () => {
    const list = async () => {
      const inputs: string[] = [];
      await explore(
        makeTarget((input) => void inputs.push(input.toString())),
        300,
      );
      return inputs;
    };
    assert.deepEqual(await list(), await list());
  });
});

/** Gives each byte as an event, with a fault of that kind. */
function makeFormat(fault: 'none' | 'code' | 'other' | 'pieces'): StreamFormat<string> {
  return {
    variants: ['only'],
    structure,
    codes: ['BAD_LENGTH'],
    open: () => ({
      *take(chunk) {
        for (const byte of chunk) yield `byte ${byte}`;
        if (fault === 'code') throw new ProtocolError('BAD_LENGTH', 'x');
        if (fault === 'other') throw new ProtocolError('BAD_TIME', 'x');
        if (fault === 'pieces' && chunk.length > 2) yield 'long';
      },
      finish: () => [],
    }),
  };
}

describe('checkStream', () => {
  const check = (fault: Parameters<typeof makeFormat>[0]) => async () =>
    checkStream(makeFormat(fault), Uint8Array.of(1, 2, 3), new Random(1), true);

  test('accepts a decoder that gives the same in any pieces', async () => {
    assert.equal((await check('none')()).code, undefined);
  });

  test('accepts an error with a documented code alone', async () => {
    const { code } = await checkStream(makeFormat('code'), Uint8Array.of(1), new Random(1), true);
    assert.equal(code, 'BAD_LENGTH');
    await assert.rejects(check('other'), /it throws none of BAD_LENGTH: ProtocolError: x/);
  });

  test('finds what depends on the pieces', async () => {
    await assert.rejects(check('pieces'), /whole and cut differ .*event 3 is 'long' and 'end: undefined'/);
    // The error comes after more bytes in the whole.
    await assert.rejects(check('code'), /whole and cut differ/);
  });
});

describe('checkAlone', () => {
  test('says nothing of a good input, and why another fails', async () => {
    const target = makeTarget((input) => {
      if (input.length > 2) throw new Error('too long');
    });
    assert.equal(await checkAlone(target, Uint8Array.of(1)), undefined);
    assert.match((await checkAlone(target, new Uint8Array(3))) ?? '', /too long/);
  });
});
