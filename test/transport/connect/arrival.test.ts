import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, mock, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFrameQueue } from '../../../src/delivery/create-queue.ts';
import { CodedError } from '../../../src/errors.ts';
import { encodeClassicFrame } from '../../../src/protocol/classic/classic-encoder.ts';
import type { CapturedFrame, Delivery } from '../../../src/protocol/frame.ts';
import { createTcpSender, type TcpSenderOptions } from '../../../src/transport/connect/tcp-sender.ts';
import { makeCaptured } from '../../support/frames.ts';
import { tinyJpeg } from '../../support/jpeg.ts';
import { openClassicServer, openOwn, openTarget, otherServers, type Target } from '../../support/targets.ts';
import { LineLog } from '../../support/trial-log.ts';
import { until } from '../../support/until.ts';

const wires = ['auto', 'classic', '2'] as const;
const deliveries: readonly Delivery[] = ['every', 'latest'];
const counts = [1, 2, 5, 120];
const jpeg = tinyJpeg(480, 315, 16_000);

const defaultValue: Omit<TcpSenderOptions, 'port' | 'wire' | 'delivery' | 'count'> = {
  host: '127.0.0.1',
  connectTimeoutMs: 20_000,
  tls: undefined,
  sendTimeoutMs: 1500,
  idleTimeoutMs: 1500,
  name: 'garden-left-camera',
  token: new Uint8Array(),
  retries: 1,
  maxInFlight: 2,
  bufferBytes: 16 * 2 ** 20,
};

/** For those that take all, on a slow machine. */
const patient = { sendTimeoutMs: 60_000, idleTimeoutMs: 60_000 };

async function* film(count: number): AsyncGenerator<CapturedFrame> {
  for (let sequence = 1; sequence <= count; sequence++)
    yield { ...makeCaptured(sequence), jpeg, width: 480, height: 315 };
}

async function* filmUntil(signal: AbortSignal, intervalMs: number): AsyncGenerator<CapturedFrame> {
  while (!signal.aborted) {
    yield* film(1);
    // Cameras have pauses.
    await sleep(intervalMs);
  }
}

/** Sends frames as fast as it goes, and gives what came of it. */
async function send(target: Target, count: number, options: Partial<TcpSenderOptions>) {
  const log = new LineLog();
  const { lines } = log;
  const given: TcpSenderOptions = {
    ...defaultValue,
    wire: 'auto',
    delivery: 'every',
    count: 0,
    port: target.port,
    ...options,
  };
  const sender = createTcpSender(given, createFrameQueue(film(count), { ...given, isLive: false }), log);
  let failure: CodedError | undefined;
  try {
    await sender.run(new AbortController().signal);
  } catch (error) {
    assert.ok(error instanceof CodedError, String(error));
    failure = error;
  }
  return { sender, failure, lines };
}

/** Every wire, delivery and count, all at once, as they mostly wait. */
function forAllCells(
  check: (wire: 'auto' | 'classic' | '2', delivery: Delivery, count: number, cell: string) => Promise<void>,
): Promise<unknown> {
  const cells = wires.flatMap((wire) =>
    deliveries.flatMap((delivery) => counts.map((count) => [wire, delivery, count] as const)),
  );
  return Promise.all(
    cells.map(([wire, delivery, count]) => check(wire, delivery, count, `${wire}, ${delivery}, ${count}`)),
  );
}

describe('a sender that ends soon says what arrived', { concurrency: true }, () => {
  for (const [what, open] of Object.entries(otherServers)) {
    test(`nothing, and fails, when it meets ${what}`, async () => {
      await forAllCells(async (wire, delivery, count, cell) => {
        await using target = await open();
        const { sender, failure } = await send(target, count, { wire, delivery });
        assert.equal(sender.frames, 0, cell);
        assert.ok(failure !== undefined && ['CONNECT_FAILED', 'NOT_DELIVERED'].includes(failure.code), cell);
        assert.equal(sender.unacknowledged, 0, cell);
      });
    });
  }

  for (const [what, safety] of [
    ['TLS', { tls: true }],
    ['a token', { token: 'secret' }],
  ] as const) {
    test(`nothing, and fails, when the receiver wants ${what}`, async () => {
      await using target = await openOwn(safety);
      await forAllCells(async (wire, delivery, count, cell) => {
        const { sender, failure } = await send(target, count, { wire, delivery });
        assert.equal(sender.frames, 0, cell);
        assert.ok(failure !== undefined && /^(CONNECT_FAILED|REJECTED|NOT_DELIVERED)$/.test(failure.code), cell);
      });
      assert.equal(target.frames(), 0);
    });
  }

  test('all, when the receiver is ours, which knows the whole name of each from the first on', async () => {
    await forAllCells(async (wire, delivery, count, cell) => {
      await using target = await openOwn();
      const { sender, failure } = await send(target, count, { wire, delivery, ...patient });
      assert.equal(failure, undefined, cell);
      await until(() => target.frames() === sender.frames, `${sender.frames} of ${target.frames()}: ${cell}`, 5000);
      assert.equal(sender.frames + sender.dropped, count, cell);
      if (delivery === 'every') assert.equal(sender.frames, count, cell);
      assert.equal(sender.unacknowledged > 0, wire === 'classic', cell);
      if (wire !== 'classic')
        for (const frame of target.taken) assert.equal(frame.connection.name, defaultValue.name, cell);
    });
  });

  for (const pauseMs of [0, 2500]) {
    test(`all, and that nothing was answered, when a classic server reads after ${pauseMs} ms`, async () => {
      await forAllCells(async (wire, delivery, count, cell) => {
        await using target = await openClassicServer(pauseMs);
        const { sender, failure } = await send(target, count, { wire, delivery, ...patient });
        assert.equal(sender.frames, target.frames(), cell);
        if (wire === '2') {
          assert.deepEqual([failure !== undefined, sender.frames], [true, 0], cell);
          return;
        }
        assert.equal(failure, undefined, cell);
        assert.equal(sender.frames + sender.dropped, count, cell);
        if (delivery === 'every') assert.equal(sender.frames, count, cell);
        assert.ok(sender.unacknowledged > 0, cell);
        assert.equal(target.connections(), 1, cell);
      });
    });
  }
});

test('a receiver with TLS resets a connection that brings none, however late it reads, so that nobody takes it for one that read all', async () => {
  await using target = await openOwn({ tls: true });
  const socket = connect({ port: target.port, host: '127.0.0.1' });
  socket.end(encodeClassicFrame({ jpeg, capturedAtUs: 0 }));
  const [error] = await once(socket, 'error');
  assert.equal((error as NodeJS.ErrnoException).code, 'ECONNRESET');
});

test('a sender that is told to stop counts no frames that another server swallowed', async () => {
  await using target = await otherServers['a port that reads for ever']();
  const stop = new AbortController();
  const log = new LineLog();
  const { lines } = log;
  const options: TcpSenderOptions = { ...defaultValue, wire: 'auto', delivery: 'every', count: 0, port: target.port };
  const sender = createTcpSender(
    options,
    createFrameQueue(filmUntil(stop.signal, 50), { ...options, isLive: false }),
    log,
  );
  setTimeout(() => stop.abort(), 500);
  await sender.run(stop.signal);
  assert.equal(sender.frames, 0);
  assert.match(lines.at(-1) ?? '', /did not read to the end and close it within 5 s; \d+ frames may not have arrived$/);
});

test('latest sends as many frames as are asked for when a connection that nobody answers over broke with some', async () => {
  let connections = 0;
  await using target = await openTarget((socket) => {
    const isFirst = connections++ === 0;
    socket.on('end', () => socket.end()).resume();
    if (isFirst) setTimeout(() => socket.resetAndDestroy(), 300);
  });
  const options = { wire: 'classic', delivery: 'latest', count: 40, retries: 5, ...patient } as const;
  const log = new LineLog();
  const { lines } = log;
  const given: TcpSenderOptions = { ...defaultValue, port: target.port, ...options };
  const stop = new AbortController();
  const sender = createTcpSender(given, createFrameQueue(filmUntil(stop.signal, 20), { ...given, isLive: true }), log);
  await sender.run(new AbortController().signal);
  stop.abort();
  assert.ok(sender.uncertain > 0, 'some were in flight');
  assert.equal(sender.frames, options.count, lines.join('\n'));
});

test('a sender goes on to a receiver that answers nothing when its timer fires before its clock says so', {
  timeout: 60_000,
}, async () => {
  await using target = await openClassicServer(0);
  const read = performance.now.bind(performance);
  const clock = mock.method(performance, 'now', () => read() * 0.99);
  try {
    const { sender, failure } = await send(target, 5, { delivery: 'latest', ...patient, idleTimeoutMs: 600_000 });
    assert.equal(failure, undefined);
    assert.ok(sender.frames > 0);
  } finally {
    clock.mock.restore();
  }
});
