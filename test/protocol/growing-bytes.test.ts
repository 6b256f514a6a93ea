import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GrowingBytes } from '../../src/protocol/growing-bytes.ts';

test('GrowingBytes holds what came, grows by doubling, and takes no more than its capacity', () => {
  const capacity = 3_000_000;
  const bytes = new GrowingBytes(capacity);
  assert.equal(bytes.buffer.length, 524_288);
  const chunk = Uint8Array.from({ length: 700_000 }, (_, i) => i % 251);
  const steps = Array.from({ length: 5 }, () => [bytes.take(chunk, 0), bytes.buffer.length, bytes.isFull]);
  assert.deepEqual(steps, [
    [700_000, 1_048_576, false],
    [700_000, 2_097_152, false],
    [700_000, capacity, false],
    [700_000, capacity, false],
    [200_000, capacity, true],
  ]);
  assert.ok(bytes.bytes.every((byte, i) => byte === (i % 700_000) % 251));
});
