import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFrameQueue } from '../../../src/delivery/create-queue.ts';
import type { CapturedFrame, Delivery } from '../../../src/protocol/frame.ts';
import { encodeMessage } from '../../../src/protocol/wire2/message-encoder.ts';
import { createTcpSender, type TcpSenderOptions } from '../../../src/transport/connect/tcp-sender.ts';
import { makeCaptured } from '../../support/frames.ts';
import { openTarget, type Target } from '../../support/targets.ts';

const defaultValue: Omit<TcpSenderOptions, 'port' | 'delivery'> = {
  host: '127.0.0.1',
  connectTimeoutMs: 20_000,
  tls: undefined,
  wire: '2',
  sendTimeoutMs: 20_000,
  idleTimeoutMs: 2500,
  name: 'garden',
  token: new Uint8Array(),
  retries: 2,
  count: 3,
  maxInFlight: 2,
  bufferBytes: 1000,
};

async function* film(stop: AbortSignal): AsyncGenerator<CapturedFrame> {
  for (let sequence = 1; !stop.aborted; sequence++) {
    yield makeCaptured(sequence);
    // Cameras have pauses.
    await sleep(10);
  }
}

/** @param ending it is told to stop when it has said a line like that */
async function send(
  { port }: Target,
  delivery: Delivery,
  options: Partial<TcpSenderOptions> = {},
  ending = /never said/,
) {
  const stop = new AbortController();
  const lines: string[] = [];
  const say = (line: string) => {
    lines.push(line);
    if (ending.test(line)) stop.abort();
  };
  const log = { info: say, warn: say };
  const given = { ...defaultValue, port, delivery, ...options };
  const source = new AbortController();
  const sender = createTcpSender(given, createFrameQueue(film(source.signal), { ...given, isLive: true }), log);
  const failure: unknown = await sender.run(stop.signal).then(
    () => undefined,
    (error) => error,
  );
  source.abort();
  return { sender, failure, lines };
}

const taken = encodeMessage({ type: 'ACKN', sequence: 1, latencyUs: undefined });
const welcome = encodeMessage({ type: 'WELC', keepAliveMs: 10_000, sequence: 0 });

describe('a receiver that greets and answers for no frame', { concurrency: true }, () => {
  const ends = {
    'is silent after that': 0,
    'closes after that, in less than two seconds': 200,
    'closes after that, later': 2200,
  } as const;
  for (const [what, closeMs] of Object.entries(ends)) {
    for (const delivery of ['every', 'latest'] as const) {
      test(`is given up after --retries when it ${what}: ${delivery}`, async () => {
        await using target = await openTarget((socket) => {
          socket.once('data', () => socket.write(welcome)).resume();
          if (closeMs > 0) setTimeout(() => socket.destroy(), closeMs);
        });
        const { sender, failure } = await send(target, delivery);
        assert.match(String(failure), /gave up after 2 tries in a row/);
        assert.deepEqual([(failure as { code?: string }).code, sender.frames], ['CONNECT_FAILED', 0]);
      });
    }
  }

  for (const delivery of ['every', 'latest'] as const) {
    test(`is given up after --retries when it only begins to greet, and reads on: ${delivery}`, async () => {
      await using target = await openTarget((socket) => {
        socket.once('data', () => socket.write(welcome.subarray(0, 1))).resume();
      });
      const { sender, failure } = await send(target, delivery, { count: 0 });
      assert.match(String(failure), /gave up after 2 tries in a row/);
      assert.equal(sender.frames, 0);
    });
  }

  for (const wire of ['2', 'auto'] as const) {
    for (const delivery of ['every', 'latest'] as const) {
      test(`is given up after --retries when it only sends pings, and reads on: ${delivery}, wire ${wire}`, async () => {
        await using target = await openTarget((socket) => {
          const ping = () => void socket.write(encodeMessage({ type: 'ping', sentUs: 1 }));
          socket.once('data', ping).resume();
          const timer = setInterval(ping, 200);
          socket.on('close', () => clearInterval(timer));
        });
        const options = { count: 0, wire, idleTimeoutMs: 1000 };
        const { sender, failure } = await send(target, delivery, options, /connected .*connected .*connected/);
        assert.match(String(failure), /did not greet within 1 s \(--idle-timeout\).*gave up after 2 tries in a row/s);
        assert.equal(sender.frames, 0);
      });
    }
  }

  test('is told of while it is there, whatever holds it back, and so are the frames in the end', async () => {
    await using target = await openTarget((socket) => {
      socket.once('data', () => socket.write(welcome)).resume();
      const timer = setInterval(() => socket.write(encodeMessage({ type: 'ping', sentUs: 1 })), 500);
      socket.on('close', () => clearInterval(timer));
    });
    const { failure, lines } = await send(target, 'every', {}, /has acknowledged no frame/);
    assert.equal(failure, undefined);
    const overdue = /^127\.0\.0\.1:\d+ has acknowledged no frame for \d+ s: it is alive: .* see its log; 3 frames /;
    assert.match(lines[1] ?? '', overdue);
    assert.match(lines.at(-1) ?? '', overdue);
    assert.match(lines.at(-1) ?? '', / 3 frames may not have arrived$/);
    assert.doesNotMatch(lines.join('\n'), /broke/);
  });
});

test('the first word about a frame counts where a receiver says that it took it and then that it left it behind', async () => {
  await using target = await openTarget((socket) => {
    socket.once('data', () => {
      socket.write(welcome);
      socket.write(taken);
      socket.write(encodeMessage({ type: 'skip', sequence: 1, code: 'NOT_JPEG', reason: 'It is none' }));
      socket.write(taken);
    });
    socket.on('end', () => socket.end()).resume();
  });
  const { sender, failure, lines } = await send(target, 'every', { count: 1 });
  assert.equal(failure, undefined);
  assert.deepEqual([sender.frames, sender.rejected], [1, 0]);
  assert.doesNotMatch(lines.join('\n'), /rejected frame 1 /);
});
