import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { LingeringClose } from '../../../src/transport/accept/lingering-close.ts';

const mebibyte = 2 ** 20;
const longMs = 60_000;
const words = Buffer.from('the last words');

/** Both ends of a connection that is parted from. */
async function open(t: TestContext, lingeringClose: LingeringClose): Promise<{ client: Socket; socket: Socket }> {
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const [socket] = (await once(server, 'connection')) as [Socket];
  for (const end of [client, socket]) end.on('error', () => undefined);
  t.after(() => {
    client.destroy();
    server.close();
  });
  lingeringClose.close(socket, words, longMs);
  return { client, socket };
}

async function read(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

/** Sends so many bytes, or as many as the receiver accepts. */
async function pour(client: Socket, bytes: number): Promise<void> {
  const piece = Buffer.alloc(mebibyte);
  const closed = new Promise((resolve) => client.once('close', resolve));
  for (let sent = 0; sent < bytes && !client.destroyed; sent += piece.length) {
    if (client.write(piece)) continue;
    await Promise.race([new Promise((resolve) => client.once('drain', resolve)), closed]);
  }
}

/** Sends so much, and ends: the last words come, and all was read. */
async function checkAllRead(client: Socket, socket: Socket, bytes: number): Promise<void> {
  await pour(client, bytes);
  client.end();
  assert.equal(await read(client), 'the last words');
  if (!socket.closed) await once(socket, 'close');
  assert.equal(socket.bytesRead, bytes);
}

describe('LingeringClose', () => {
  test('has its closing bytes read by a client that sends all first, up to 16 MiB', async (t) => {
    const { client, socket } = await open(t, new LingeringClose());
    await checkAllRead(client, socket, 15 * mebibyte);
  });

  test('ends a connection of which more comes', async (t) => {
    const { client, socket } = await open(t, new LingeringClose());
    client.resume();
    const closed = once(socket, 'close');
    await pour(client, 200 * mebibyte);
    await closed;
    assert.ok(socket.bytesRead < 17 * mebibyte, `${socket.bytesRead} bytes`);
  });

  test('reads on when the program ends', async (t) => {
    const lingeringClose = new LingeringClose();
    lingeringClose.liftLimits();
    const { client, socket } = await open(t, lingeringClose);
    await checkAllRead(client, socket, 100 * mebibyte);
  });

  test('reads no more of many that never end than a little each second', async (t) => {
    let nowMs = 0;
    const lingeringClose = new LingeringClose(() => nowMs);
    const readSome = async () => {
      const { client, socket } = await open(t, lingeringClose);
      client.resume();
      const closed = once(socket, 'close');
      await pour(client, 200 * mebibyte);
      await closed;
      return Math.floor(socket.bytesRead / mebibyte);
    };
    const counts: number[] = [];
    for (let i = 0; i < 9; i++) counts.push(await readSome());
    assert.deepEqual([counts.slice(0, 3), counts.slice(6)], [Array(3).fill(16), [0, 0, 0]]);
    nowMs += 2000;
    assert.equal(await readSome(), 16);
  });
});
