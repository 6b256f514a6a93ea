import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { CodedError } from '../../../src/errors.ts';
import { OutgoingSocket } from '../../../src/transport/connect/outgoing-socket.ts';

async function open(): Promise<{ socket: OutgoingSocket } & AsyncDisposable> {
  const server = createServer((peer) => peer.on('error', () => undefined).resume()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const raw = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(raw, 'connect');
  const socket = new OutgoingSocket(raw, 'there', { data: () => undefined, failed: () => undefined });
  return {
    socket,
    [Symbol.asyncDispose]: async () => {
      raw.destroy();
      server.close();
    },
  };
}

test('OutgoingSocket tells of a rejection at its end when that came after the last frame', async () => {
  await using opened = await open();
  opened.socket.fail(new CodedError('REJECTED', 'it rejected: no'));
  await assert.rejects(opened.socket.end(5000, new AbortController().signal), {
    code: 'REJECTED',
    message: /it rejected: no$/,
  });
});

test('OutgoingSocket tells of a break at its end when that came after the last frame', async () => {
  await using opened = await open();
  opened.socket.fail('the other end closed it');
  await assert.rejects(opened.socket.end(5000, new AbortController().signal), {
    code: 'SEND_FAILED',
    message: /the other end closed it$/,
  });
});

/** A server in a thread of its own: it answers its first client, and resets the connection. */
const resettingServer = `
  const { createServer } = require('node:net');
  const { parentPort, workerData } = require('node:worker_threads');
  const isReset = new Int32Array(workerData);
  const server = createServer((peer) => {
    peer.on('error', () => undefined);
    peer.once('data', () => peer.write('no', () => {
      peer.resetAndDestroy();
      Atomics.store(isReset, 0, 1);
      Atomics.notify(isReset, 0);
      server.close();
    }));
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

test('OutgoingSocket reads the answer when the connection was reset behind it and a write comes first', async () => {
  const isReset = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(resettingServer, { eval: true, workerData: isReset.buffer });
  const [port] = (await once(worker, 'message')) as [number];
  const raw = connect(port, '127.0.0.1');
  await once(raw, 'connect');
  const heard: string[] = [];
  const failed = Promise.withResolvers<void>();
  const data = (chunk: Uint8Array) => heard.push(`${chunk}`);
  const socket = new OutgoingSocket(raw, 'there', { data, failed: () => failed.resolve() });
  const { signal } = new AbortController();
  socket.awaitAnswer();
  await socket.write([Buffer.from('first')], 5000, signal);
  // This thread stands still, as on a busy machine, until the answer and the reset are there.
  assert.notEqual(Atomics.wait(isReset, 0, 0, 60_000), 'timed-out');
  await Promise.resolve(socket.write([Buffer.from('second')], 5000, signal)).catch(() => undefined);
  await failed.promise;
  assert.deepEqual(heard, ['no']);
  await worker.terminate();
});
