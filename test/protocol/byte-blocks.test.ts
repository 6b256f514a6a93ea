import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ByteBlocks } from '../../src/protocol/byte-blocks.ts';

const blockBytes = 64 * 1024;

function numbered(length: number, first = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (first + i * 7) & 255);
}

function checkRound(blocks: ByteBlocks, pieces: readonly [number, 'copy' | 'keep'][], isJoined: boolean): void {
  const parts = pieces.map(([length], i) => numbered(length, length + i));
  for (const [i, part] of parts.entries()) blocks[pieces[i]?.[1] ?? 'copy'](part);
  const whole = Buffer.concat(parts);
  assert.equal(blocks.length, whole.length);
  const got = isJoined ? blocks.join(new Uint8Array()) : blocks.detach().slice(0, whole.length);
  assert.ok(whole.equals(got));
  assert.equal(blocks.length, 0);
}

describe('ByteBlocks', () => {
  test('gives back what it was given when that comes in pieces of any length, copied or kept', () => {
    const piece = fc.tuple(fc.integer({ min: 0, max: 70_000 }), fc.constantFrom('copy' as const, 'keep' as const));
    const round = fc.tuple(fc.array(piece, { maxLength: 8 }), fc.boolean());
    fc.assert(
      fc.property(fc.array(round, { minLength: 1, maxLength: 4 }), (rounds) => {
        const blocks = new ByteBlocks();
        for (const [pieces, isJoined] of rounds) checkRound(blocks, pieces, isJoined);
      }),
      { numRuns: 50 },
    );
  });

  test('leaves what was detached as it is when other bytes come', () => {
    const blocks = new ByteBlocks();
    const first = numbered(100_000);
    blocks.copy(first);
    const detached = blocks.detach();
    for (let i = 0; i < 5; i++) {
      blocks.copy(new Uint8Array(200_000).fill(i));
      blocks.clear();
    }
    assert.ok(Buffer.from(detached.slice(0, first.length)).equals(first));
  });

  test('cuts any stretch out of what was detached', () => {
    const blocks = new ByteBlocks();
    const bytes = numbered(3 * blockBytes + 17);
    for (let at = 0; at < bytes.length; at += 50_000) blocks.copy(bytes.subarray(at, at + 50_000));
    const detached = blocks.detach();
    const skipped = fc.tuple(fc.nat(bytes.length), fc.nat(bytes.length));
    fc.assert(
      fc.property(skipped, ([a, b]) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        let next = from;
        for (const [at, piece] of detached.between(from, to)) {
          assert.equal(at, next);
          next += piece.length;
        }
        assert.equal(next, Math.max(from, to));
        assert.ok(Buffer.from(detached.slice(from, to)).equals(bytes.subarray(from, to)));
      }),
    );
  });

  test('owns what it kept and what it copied, unchanged', () => {
    const blocks = new ByteBlocks();
    const [copied, kept] = [numbered(100_000), numbered(90_000, 3)];
    for (const [i, part] of [copied, kept, copied].entries()) blocks[i === 1 ? 'keep' : 'copy'](part);
    blocks.own();
    kept.fill(0);
    assert.ok(Buffer.concat([copied, numbered(90_000, 3), copied]).equals(blocks.join(new Uint8Array())));
  });

  test('keeps nothing of a piece without bytes', () => {
    const blocks = new ByteBlocks();
    blocks.keep(new Uint8Array());
    assert.deepEqual([...blocks.detach().between(0, 1)], []);
  });

  test('gives a view of what it kept when that lies in one buffer, and else nothing', () => {
    const buffer = numbered(50_000);
    const blocks = new ByteBlocks();
    for (const at of [1000, 1001, 20_000])
      blocks.keep(buffer.subarray(at, at === 1000 ? 1001 : at === 1001 ? 20_000 : 40_000));
    const whole = blocks.view(buffer.subarray(40_000, 40_010));
    // A single byte was copied, as a view takes more memory.
    assert.equal(whole, undefined);
    assert.ok(Buffer.from(buffer.subarray(1000, 40_000)).equals(blocks.join(new Uint8Array())));
    for (const at of [1000, 20_000]) blocks.keep(buffer.subarray(at, at === 1000 ? 20_000 : 40_000));
    assert.equal(blocks.view(numbered(10)), undefined);
    assert.equal(blocks.length, 39_000);
    const view = blocks.view(buffer.subarray(40_000, 40_010));
    assert.deepEqual([view?.buffer === buffer.buffer, view?.byteOffset, view?.length], [true, 1000, 39_010]);
    assert.equal(blocks.length, 0);
  });

  test('keeps bytes that come one by one in one piece', () => {
    const blocks = new ByteBlocks();
    for (let i = 0; i < 1000; i++) blocks.copy(Uint8Array.of(i & 255));
    assert.equal([...blocks.detach().between(0, 1000)].length, 1);
  });

  test('takes the memory of what was dropped or given back for the next bytes', () => {
    const blocks = new ByteBlocks();
    const buffers = () => {
      blocks.copy(numbered(5 * blockBytes));
      const detached = blocks.detach();
      const found = new Set([...detached.between(0, detached.length)].map(([, { buffer }]) => buffer));
      detached.free();
      return found;
    };
    const first = buffers();
    assert.equal(first.size, 5);
    assert.deepEqual(buffers(), first);
    blocks.copy(numbered(5 * blockBytes));
    blocks.clear();
    assert.deepEqual(buffers(), first);
  });
});
