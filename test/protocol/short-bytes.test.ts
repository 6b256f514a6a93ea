import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { takeShortBytes } from '../../src/protocol/short-bytes.ts';

test('takeShortBytes gives zeros that no other message gets, whatever is written to them', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 600 }), { maxLength: 100 }), (lengths) => {
      const taken = lengths.map((length, i) => {
        const bytes = takeShortBytes(length);
        assert.ok(bytes.every((byte) => byte === 0));
        return bytes.fill((i % 255) + 1);
      });
      for (const [i, bytes] of taken.entries()) {
        assert.equal(bytes.length, lengths[i]);
        assert.ok(bytes.every((byte) => byte === (i % 255) + 1));
      }
    }),
  );
});

test('takeShortBytes makes one buffer for many messages', () => {
  const buffers = new Set(Array.from({ length: 200 }, () => takeShortBytes(40).buffer));
  assert.ok(buffers.size <= 3, `${buffers.size} buffers`);
});
