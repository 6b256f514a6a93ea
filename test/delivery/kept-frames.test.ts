import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeptFrames } from '../../src/delivery/kept-frames.ts';
import type { NumberedFrame } from '../../src/protocol/frame.ts';

function keep(sequences: Iterable<number>): KeptFrames {
  const frames = new KeptFrames();
  const rest = { width: 1, height: 1, capturedMonotonicUs: 0, capturedAtUs: 0 };
  for (const sequence of sequences) frames.add({ jpeg: new Uint8Array(2), sequence, ...rest } satisfies NumberedFrame);
  return frames;
}

function* count(from: number, to: number, step: number): Generator<number> {
  for (let i = from; i <= to; i += step) yield i;
}

test('KeptFrames moves a quarter of a million frames in order when a connection ends', () => {
  const [returned, inFlight] = [keep([2, 4]), keep(count(1, 500_001, 2))];
  inFlight.moveTo(returned);
  assert.deepEqual([inFlight.count, inFlight.bytes, inFlight.first], [0, 0, undefined]);
  assert.deepEqual([returned.count, returned.bytes, returned.last?.sequence], [250_003, 500_006, 500_001]);
  const begin = Array.from({ length: 5 }, () => returned.takeFirst()?.sequence);
  assert.deepEqual(begin, [1, 2, 3, 4, 5]);
});
