import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ReceivedFrame } from '../../src/link/received-frame.ts';
import { fileName } from '../../src/sinks/folder.ts';

function makeFrame(label: string): ReceivedFrame {
  const sender = { label, frames: 0, bytes: 0, latenessUs: 0 };
  const picture = { jpeg: new Uint8Array(), width: 1, height: 1, capturedAtUs: 0 };
  return { ...picture, sender, number: 7, receivedAtUs: 1_000_000_000_000_007 };
}

test('fileName holds sender, time and number, and sorts by them', () => {
  assert.equal(fileName(makeFrame('192.168.1.2:5000')), '192.168.1.2-5000_20010909T014640_000007Z_000007.jpg');
  assert.equal(fileName(makeFrame('[fe80::1%eth0]:5000')), 'fe80-1-eth0-5000_20010909T014640_000007Z_000007.jpg');
});

test('fileName leads out of no folder, whatever the sender is called', () => {
  fc.assert(
    fc.property(fc.string(), (label) => {
      assert.match(fileName(makeFrame(label)), /^[-0-9A-Za-z.]*_20010909T014640_000007Z_000007\.jpg$/);
    }),
  );
});
