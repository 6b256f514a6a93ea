import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { probeReceiver, type ReceiverChoice, type ReceiverVisit } from '../../src/doctor/receiver-probe.ts';
import { headerBytes, magic, version } from '../../src/protocol/wire2/message.ts';
import { encodeMessage } from '../../src/protocol/wire2/message-encoder.ts';
import { makeFolder } from '../e2e/suite.ts';
import { makeTlsIdentity } from '../support/certificate.ts';
import { soonMs, startReceiver } from '../support/programs.ts';
import { startPythonServer } from '../support/python.ts';
import { RawClient } from '../support/raw-client.ts';

const never = new AbortController().signal;
const noToken = new Uint8Array();
const rightToken = new TextEncoder().encode('correct horse battery');

function visit(port: number, changes: Partial<ReceiverChoice> = {}, signal = never): Promise<ReceiverVisit> {
  const defaultValue = {
    host: '127.0.0.1',
    connectTimeoutMs: 10_000,
    tls: undefined,
    wire: 'auto',
    token: noToken,
  } as const;
  return probeReceiver({ ...defaultValue, port, ...changes }, signal);
}

/** A port that does with connections what it is told to. */
async function listen(serve: (socket: Socket) => void): Promise<AsyncDisposable & { port: number; sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined));
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('visit to a receiver', { concurrency: 4 }, () => {
  test('is welcome, leaves no picture and no complaint when the receiver uses wire 2', async () => {
    await using folder = await makeFolder();
    const { receiver, port } = await startReceiver('node', ['--save', folder.path]);
    await using _receiver = receiver;
    for (const host of ['127.0.0.1', 'localhost']) {
      const answer = await visit(port, { host });
      assert.equal(answer.kind, 'welcome');
      assert.ok(answer.kind === 'welcome' && answer.roundTripMs > 0);
      await receiver.waitForLine('stderr', / doctor \([^ ]*\) left without a frame$/, soonMs);
    }
    assert.deepEqual(await readdir(folder.path), []);
    assert.deepEqual(receiver.lines('stdout'), []);
    assert.ok(!receiver.lines('stderr').some((line) => line.includes('dropped')));
  });

  test('is not asked for its identity when the wire is classic', async () => {
    const { receiver, port } = await startReceiver('node', []);
    await using _receiver = receiver;
    assert.deepEqual(await visit(port, { wire: 'classic' }), { kind: 'unasked' });
  });

  test('is met with silence, and leaves the server at work, when the server is a Python one', async () => {
    const { child, port } = await startPythonServer(['--summary']);
    await using _child = child;
    assert.deepEqual(await visit(port), { kind: 'silence' });
    await child.waitForLine('stdout', /"frames": 0/, soonMs);
    assert.deepEqual(child.lines('stderr'), [`listening ${port}`]);
  });

  test('is told the reason when all places are taken', async () => {
    const { receiver, port } = await startReceiver('node', ['--max-per-address', '1', '--header-timeout', '1m']);
    await using _receiver = receiver;
    using client = await RawClient.open(port);
    const identity = { stream: 'first-0', name: 'first', delivery: 'latest', keepAliveMs: 0, token: noToken } as const;
    await client.send(encodeMessage({ type: 'HELO', ...identity }));
    while (client.received.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const answer = await visit(port);
    assert.ok(answer.kind === 'rejection' && answer.code === 'TOO_MANY_SENDERS', JSON.stringify(answer));
  });
});

describe('visit to a receiver with a token', { concurrency: 4 }, () => {
  let port = 0;
  const stack = new AsyncDisposableStack();
  before(async () => {
    const folder = stack.use(await makeFolder());
    await writeFile(join(folder.path, 'token'), rightToken, { mode: 0o600 });
    const started = await startReceiver('node', ['--token-file', join(folder.path, 'token')]);
    stack.use(started.receiver);
    port = started.port;
  });
  after(() => stack.disposeAsync());

  const answers: [what: string, token: string, wanted: string][] = [
    ['is welcome when the token is right', 'correct horse battery', 'welcome'],
    ['is rejected when the token is wrong', 'incorrect horse battery', 'BAD_TOKEN'],
    ['is rejected when there is no token', '', 'TOKEN_MISSING'],
  ];
  for (const [what, token, wanted] of answers) {
    test(what, async () => {
      const answer = await visit(port, { token: new TextEncoder().encode(token) });
      assert.equal(answer.kind === 'rejection' ? answer.code : answer.kind, wanted);
    });
  }
});

describe('visit to a receiver with TLS', { concurrency: 4 }, () => {
  let port = 0;
  let pin = '';
  const stack = new AsyncDisposableStack();
  before(async () => {
    const identity = stack.use(await makeTlsIdentity());
    const args = ['--tls-cert', identity.certPath, '--tls-key', identity.keyPath];
    const started = await startReceiver('node', args);
    stack.use(started.receiver);
    port = started.port;
    pin = identity.pin;
  });
  after(() => stack.disposeAsync());

  test('is welcome when the pin is right', async () => {
    assert.equal((await visit(port, { tls: { pin, ca: undefined } })).kind, 'welcome');
  });

  test('finds the receiver that was joined where it has moved', async () => {
    const announced = { name: 'pc', addresses: ['127.0.0.1'], port, tls: true, pin: pin.slice(7, 23), web: undefined };
    const stranger = { ...announced, name: 'other', pin: '0'.repeat(16) };
    const tls = { pin, ca: undefined, isJoined: true };
    const moved = await visit(1, { tls, wire: '2', find: async () => [stranger, announced] });
    assert.equal(moved.kind, 'welcome', JSON.stringify(moved));
    assert.deepEqual(moved.movedTo, { host: '127.0.0.1', port });
    const gone = await visit(1, { tls, wire: '2', find: async () => [stranger] });
    assert.ok(gone.kind === 'unreachable' && /ECONNREFUSED/.test(gone.reason), JSON.stringify(gone));
  });

  test('goes no further when the pin is wrong, or nobody vouches for the certificate', async () => {
    for (const wrong of [`sha256:${'0'.repeat(64)}`, undefined]) {
      const answer = await visit(port, { tls: { pin: wrong, ca: undefined } });
      assert.ok(answer.kind === 'unreachable' && !answer.isTrusted, JSON.stringify(answer));
      assert.match(
        answer.reason,
        wrong === undefined ? /no authority vouches/ : /not the one of --tls-pin but sha256:/,
      );
    }
  });

  test('finds out that it wants TLS when none was asked for', async () => {
    assert.deepEqual(await visit(port), { kind: 'unknown protocol', speaks: 'TLS', fingerprint: pin });
  });

  test('finds out that it does not speak TLS when TLS was asked for', async () => {
    const { receiver, port } = await startReceiver('node', []);
    await using _receiver = receiver;
    const answer = await visit(port, { tls: { pin, ca: undefined } });
    assert.ok(answer.kind === 'unreachable' && answer.isTrusted && /TLS/.test(answer.reason), JSON.stringify(answer));
  });
});

describe('visit to another program', { concurrency: true }, () => {
  const optional = new Uint8Array([...magic, version, 0x7a, 0x7a, 0x7a, 0x7a, 0, 0, 0x04, 0]);
  const ping = encodeMessage({ type: 'ping', sentUs: 1 });

  /** Writes the same bytes for ever, as fast as they are taken. */
  function stream(bytes: Uint8Array) {
    return (socket: Socket) => {
      const more = () => {
        while (!socket.destroyed && socket.write(bytes));
      };
      socket.on('drain', more);
      more();
    };
  }

  const programs: [what: string, serve: (socket: Socket) => void, wanted: ReceiverVisit][] = [
    ['says nothing', () => undefined, { kind: 'silence' }],
    ['says nothing and reads nothing', (socket) => socket.pause(), { kind: 'silence' }],
    ['closes at once', (socket) => socket.end(), { kind: 'closed' }],
    ['closes at the first bytes', (socket) => socket.once('data', () => socket.end()), { kind: 'closed' }],
    ['resets the connection', (socket) => socket.once('data', () => socket.resetAndDestroy()), { kind: 'closed' }],
    [
      'answers in HTTP',
      (socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')),
      { kind: 'unknown protocol', speaks: 'HTTP' },
    ],
    [
      'answers in HTTP, byte for byte',
      async (socket) => {
        socket.setNoDelay(true);
        for (const byte of 'HTTP/1.1 400 Bad Request') {
          socket.write(byte);
          // A peer that is slow, so that the bytes come in chunks of their own.
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      },
      { kind: 'unknown protocol', speaks: 'HTTP' },
    ],
    [
      'says a short word of SSH and waits',
      (socket) => socket.write('SSH-2.0-x'),
      { kind: 'unknown protocol', speaks: 'SSH' },
    ],
    [
      'streams garbage for ever',
      stream(Buffer.alloc(65_536, 'garbage ')),
      { kind: 'unknown protocol', speaks: undefined },
    ],
    ['streams zeros for ever', stream(new Uint8Array(65_536)), { kind: 'unknown protocol', speaks: undefined }],
    [
      'streams messages of wire 2 that may be skipped for ever',
      stream(Buffer.concat([optional, new Uint8Array(1024), ping])),
      { kind: 'unknown protocol', speaks: undefined },
    ],
    [
      'claims a message of 4 GB',
      (socket) => socket.write(new Uint8Array([...magic, version, 0x57, 0x45, 0x4c, 0x43, 255, 255, 255, 255])),
      { kind: 'unknown protocol', speaks: undefined },
    ],
    [
      'sends half a welcome and no more',
      (socket) =>
        socket.write(encodeMessage({ type: 'WELC', keepAliveMs: 0, sequence: 0 }).subarray(0, headerBytes + 3)),
      { kind: 'unknown protocol', speaks: undefined },
    ],
    [
      'rejects with control characters',
      (socket) => socket.write(encodeMessage({ type: 'FAIL', code: 'NO', reason: 'go\u001b[2Jaway' })),
      { kind: 'rejection', code: 'NO', reason: 'go?[2Jaway' },
    ],
  ];
  for (const [what, serve, wanted] of programs) {
    test(`ends with the right answer and no connection left when it ${what}`, async () => {
      await using server = await listen(serve);
      const answer = await visit(server.port);
      assert.deepEqual(answer, wanted);
      for (const socket of server.sockets) {
        socket.resume();
        if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
      }
    });
  }

  test('says that nothing listens when nothing does', async () => {
    const { port } = await listen(() => undefined).then(async (server) => {
      await server[Symbol.asyncDispose]();
      return server;
    });
    const answer = await visit(port);
    assert.ok(answer.kind === 'unreachable' && answer.isTrusted && /\(ECONNREFUSED\)/.test(answer.reason));
  });

  test('ends at once when it is told to stop', async () => {
    await using server = await listen(() => undefined);
    const stop = new AbortController();
    const answer = visit(server.port, {}, stop.signal);
    while (server.sockets.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort();
    assert.deepEqual(await answer, { kind: 'silence' });
    assert.equal((await visit(server.port, {}, stop.signal)).kind, 'unreachable');
  });
});
