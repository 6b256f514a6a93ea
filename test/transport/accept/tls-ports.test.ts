import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { defaultFrameLimits } from '../../../src/protocol/frame.ts';
import { protocolNames } from '../../../src/protocol/protocol-access.ts';
import { MessageDecoder } from '../../../src/protocol/wire2/message-decoder.ts';
import { encodeMessage } from '../../../src/protocol/wire2/message-encoder.ts';
import { Listener, type ListenerOptions } from '../../../src/transport/accept/listener.ts';
import { makeTlsIdentity } from '../../support/certificate.ts';
import { hello } from '../../support/frames.ts';
import { findFreePort } from '../../support/ports.ts';
import { until } from '../../support/until.ts';

/** A port that takes TLS, alone or beside other connections. */
async function open(kind: 'tls' | 'tlsBeside', over: Partial<ListenerOptions> = {}) {
  const identity = await makeTlsIdentity();
  const [key, cert] = await Promise.all([readFile(identity.keyPath, 'utf8'), readFile(identity.certPath, 'utf8')]);
  const warnings: string[] = [];
  const nothing = () => undefined;
  const times = { headerTimeoutMs: 60_000, idleTimeoutMs: 60_000 };
  const limits = { ...defaultFrameLimits, ...times, maxSenders: 10, maxPerAddress: 10 };
  const listener = await Listener.open(
    {
      ...{ host: '127.0.0.1', port: 0, tls: undefined, token: undefined, accept: protocolNames, ...limits },
      [kind]: { key, cert },
      ...over,
    },
    { connected: nothing, disconnected: nothing, notice: nothing, rejected: nothing, deliver: () => true },
    { info: nothing, warn: (line) => void warnings.push(line) },
  );
  const close = async () => {
    await listener.close();
    await identity[Symbol.asyncDispose]();
  };
  return { warnings, port: listener.addresses[0]?.port ?? 0, [Symbol.asyncDispose]: close };
}

/** A client without TLS that reads nothing until it is told to. */
async function openPlain(port: number): Promise<{ socket: Socket; errors: string[] } & Disposable> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).pause();
  const errors: string[] = [];
  socket.on('error', (error: NodeJS.ErrnoException) => errors.push(error.code ?? error.message));
  await once(socket, 'connect');
  return { socket, errors, [Symbol.dispose]: () => void socket.destroy() };
}

const write = (socket: Socket, bytes: Uint8Array | string) =>
  new Promise<void>((resolve, reject) => {
    socket.write(bytes, (error) => (error == null ? resolve() : reject(error)));
  });

/** Until the connection is over. */
async function readAll({ socket }: { socket: Socket }): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  socket.on('data', (chunk: Uint8Array) => chunks.push(chunk)).resume();
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
  return Buffer.concat(chunks);
}

describe('A port that takes TLS only', () => {
  const greeting = encodeMessage(hello);
  /** A fatal alert: the protocol version. */
  const alert = Buffer.from('15030300020246', 'hex').toString('latin1');
  const openings = {
    'wire 2': { bytes: greeting, answer: new RegExp(`^${alert}$`) },
    HTTP: {
      bytes: 'POST / HTTP/1.1\r\nHost: a\r\n\r\n',
      answer: /^HTTP\/1\.1 400 .*this port accepts https:\/\/ only/s,
    },
  };
  for (const [wire, { bytes, answer }] of Object.entries(openings)) {
    test(`lets a client without TLS that writes on read the answer, and resets it then: ${wire}`, async () => {
      await using site = await open('tls');
      using client = await openPlain(site.port);
      await write(client.socket, bytes);
      await until(() => site.warnings.length > 0, 'the receiver to reject it');
      // The answer is on its way. A connection that is reset by now fails the next write, and drops the answer unread.
      await write(client.socket, Buffer.alloc(1000));
      await new Promise((resolve) => setImmediate(resolve));
      await write(client.socket, Buffer.alloc(1000));
      const text = (await readAll(client)).toString('latin1');
      assert.match(text, answer);
      // An end in order would tell a classic sender that all was read.
      assert.deepEqual(client.errors, ['ECONNRESET']);
      assert.equal(site.warnings.length, 1);
      assert.match(site.warnings[0] ?? '', /without TLS|does not speak TLS/);
    });
  }

  test('resets a client without TLS as soon as that has sent all', async () => {
    await using site = await open('tls');
    using client = await openPlain(site.port);
    client.socket.end(greeting);
    assert.equal((await readAll(client)).toString('latin1'), alert);
    assert.deepEqual(client.errors, ['ECONNRESET']);
  });

  test('says that a client left before TLS was up', async () => {
    await using site = await open('tls');
    using client = await openPlain(site.port);
    client.socket.destroy();
    await until(() => site.warnings.length > 0, 'a warning');
    assert.match(site.warnings[0] ?? '', /it left before/);
  });
});

describe('Two TLS handshakes from one address and port', () => {
  for (const kind of ['tls', 'tlsBeside'] as const) {
    test(`to two addresses of the receiver are both answered: ${kind}`, async () => {
      await using site = await open(kind, { host: '0.0.0.0' });
      const localPort = await findFreePort();
      const below = await Promise.all(
        ['127.0.0.1', '127.0.0.2'].map(async (host) => {
          const socket = connect({ port: site.port, host, localAddress: '127.0.0.1', localPort });
          await once(socket, 'connect');
          return socket;
        }),
      );
      assert.deepEqual(new Set(below.map((socket) => socket.localPort)), new Set([localPort]));
      const clients = below.map((socket) => connectTls({ socket, rejectUnauthorized: false }));
      const answers = clients.map(async (socket, at) => {
        await once(socket, 'secureConnect');
        socket.write(encodeMessage({ ...hello, stream: `pi-0${at}-k3x9f2ab`, name: `pi-${at}` }));
        const [chunk] = (await once(socket, 'data')) as [Uint8Array];
        const [message] = new MessageDecoder(defaultFrameLimits).decode(chunk);
        return message?.type;
      });
      assert.deepEqual(await Promise.all(answers), ['WELC', 'WELC']);
      for (const socket of clients) socket.destroy();
    });
  }
});
