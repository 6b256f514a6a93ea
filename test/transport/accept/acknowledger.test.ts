import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultFrameLimits } from '../../../src/protocol/frame.ts';
import { MessageDecoder } from '../../../src/protocol/wire2/message-decoder.ts';
import { Acknowledger } from '../../../src/transport/accept/acknowledger.ts';
import { settle } from '../../support/frames.ts';

function open() {
  const written: (number | undefined)[] = [];
  const acknowledger = new Acknowledger((bytes) => {
    for (const message of new MessageDecoder(defaultFrameLimits).decode(bytes)) {
      written.push(message.type === 'ACKN' ? message.sequence : undefined);
    }
  });
  return {
    written,
    add: (sequence: number) => acknowledger.add({ type: 'ACKN', sequence, latencyUs: 5 }),
    acknowledger,
  };
}

test('Acknowledger writes the newest alone when several came in one turn', async () => {
  const { written, add } = open();
  for (const sequence of [1, 2, 3]) add(sequence);
  assert.deepEqual(written, []);
  await settle();
  assert.deepEqual(written, [3]);
});

test('Acknowledger writes one in each turn when they come one by one', async () => {
  const { written, add } = open();
  for (const sequence of [1, 2]) {
    add(sequence);
    await settle();
  }
  assert.deepEqual(written, [1, 2]);
});

test('Acknowledger writes what it holds back when it is flushed, once', async () => {
  const { written, add, acknowledger } = open();
  add(1);
  acknowledger.flush();
  assert.deepEqual(written, [1]);
  acknowledger.flush();
  await settle();
  assert.deepEqual(written, [1]);
});
