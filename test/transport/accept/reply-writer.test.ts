import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultFrameLimits } from '../../../src/protocol/frame.ts';
import { MessageDecoder } from '../../../src/protocol/wire2/message-decoder.ts';
import { ReplyWriter } from '../../../src/transport/accept/reply-writer.ts';
import { settle } from '../../support/frames.ts';

function open() {
  const written: (number | undefined)[] = [];
  const errors: string[] = [];
  const socket = {
    writable: true,
    writableLength: 0,
    write: (bytes: Uint8Array) => {
      for (const message of new MessageDecoder(defaultFrameLimits).decode(bytes)) {
        written.push(message.type === 'ACKN' ? message.sequence : undefined);
      }
      return true;
    },
  };
  const replies = new ReplyWriter(socket, ({ code }) => errors.push(code));
  const add = (sequence: number) => replies.acknowledge({ type: 'ACKN', sequence, latencyUs: 5 });
  return { written, errors, socket, add, replies };
}

test('ReplyWriter writes the newest acknowledgement alone when several came in one turn', async () => {
  const { written, add } = open();
  for (const sequence of [1, 2, 3]) add(sequence);
  assert.deepEqual(written, []);
  await settle();
  assert.deepEqual(written, [3]);
});

test('ReplyWriter writes one acknowledgement in each turn when they come one by one', async () => {
  const { written, add } = open();
  for (const sequence of [1, 2]) {
    add(sequence);
    await settle();
  }
  assert.deepEqual(written, [1, 2]);
});

test('ReplyWriter writes what it holds back when it is flushed, once', async () => {
  const { written, add, replies } = open();
  add(1);
  replies.flush();
  assert.deepEqual(written, [1]);
  replies.flush();
  await settle();
  assert.deepEqual(written, [1]);
});

test('ReplyWriter says that a sender does not read when too much waits for it', () => {
  const { errors, socket, add, replies } = open();
  add(1);
  replies.flush();
  socket.writableLength = 70_000;
  add(2);
  replies.flush();
  assert.deepEqual([errors, replies.stop()], [['NOT_READING'], 'unread']);
});

test('ReplyWriter writes nothing when it was stopped or the socket has ended', () => {
  const { written, socket, add, replies } = open();
  socket.writable = false;
  add(1);
  replies.flush();
  socket.writable = true;
  assert.equal(replies.stop(), 'silent');
  add(2);
  replies.flush();
  assert.deepEqual(written, []);
});
