import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { test } from 'node:test';
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
