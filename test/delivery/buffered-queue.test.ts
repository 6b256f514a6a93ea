import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BufferedFrameQueue, type BufferLimits } from '../../src/delivery/buffered-queue.ts';
import { createFrameQueue } from '../../src/delivery/create-queue.ts';
import { EveryFrameQueue, LatestFrameQueue } from '../../src/delivery/frame-queue.ts';
import { Outbox } from '../../src/delivery/outbox.ts';
import type { CapturedFrame } from '../../src/protocol/frame.ts';
import { createTcpSender } from '../../src/transport/connect/tcp-sender.ts';
import { makeCaptured, settle, tcpTraits } from '../support/frames.ts';
import { findFreePort } from '../support/ports.ts';
import { until } from '../support/until.ts';

/** A camera that captures when the test says so, and waits for nobody. */
class Camera {
  readonly #frames: CapturedFrame[] = [];
  #wake: () => void = () => undefined;
  #failure: Error | undefined;
  captured = 0;

  async capture(count: number, bytes = 1): Promise<void> {
    for (let i = 0; i < count; i++) this.#frames.push(makeCaptured(++this.captured, bytes));
    this.#wake();
    for (let i = 0; i <= count; i++) await settle();
  }

  fail(error: Error): void {
    this.#failure = error;
    this.#wake();
  }

  async *[Symbol.asyncIterator]() {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame !== undefined) yield frame;
      else if (this.#failure !== undefined) throw this.#failure;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}

function open(limits: Partial<BufferLimits> = {}) {
  const camera = new Camera();
  const told: number[] = [];
  const onDropped = (dropped: number) => told.push(dropped);
  const all = { bufferBytes: 10, count: 0, onDropped, ...limits };
  const queue = new BufferedFrameQueue(camera, all);
  return {
    camera,
    queue,
    told,
    outbox: new Outbox(queue, { ...tcpTraits, delivery: 'every', maxInFlight: 1, ...all }),
  };
}

function takeSequences(queue: BufferedFrameQueue): number[] {
  const sequences: number[] = [];
  while (queue.hasFrame) sequences.push(queue.take().sequence);
  return sequences;
}

test('BufferedFrameQueue keeps what is captured while nobody takes, in its order, as far as there is room', async () => {
  const { camera, queue, told } = open();
  await camera.capture(15);
  assert.deepEqual([takeSequences(queue), queue.dropped, told], [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 5, [1, 2, 4]]);
});

test('BufferedFrameQueue leaves a gap in the sequences where frames were dropped, and goes on when there is room', async () => {
  const { camera, queue } = open();
  await camera.capture(4, 3);
  const [first, second] = [queue.take(), queue.take()];
  await camera.capture(1, 3);
  assert.equal(queue.dropped, 2);
  for (const frame of [first, second]) queue.release(frame);
  await camera.capture(2, 3);
  assert.deepEqual([first.sequence, second.sequence, takeSequences(queue), queue.dropped], [1, 2, [3, 6, 7], 2]);
});

test('BufferedFrameQueue counts what was taken and may go out again to what is kept', async () => {
  const { camera, queue, outbox } = open({ bufferBytes: 4 });
  await camera.capture(3);
  while (outbox.hasRoom && (await Promise.race([outbox.ready(), settle()]))) outbox.next();
  await camera.capture(3);
  assert.equal(queue.dropped, 2);
  outbox.acknowledgeUpTo(2);
  await camera.capture(2);
  assert.deepEqual([queue.dropped, outbox.figures.delivered, outbox.pending], [2, 2, 1]);
  outbox.rewind();
  const sent = [outbox.next(), outbox.next(), outbox.next(), outbox.next()].map(({ sequence }) => sequence);
  assert.deepEqual(sent, [3, 4, 7, 8]);
});

test('BufferedFrameQueue keeps one frame that is longer than the buffer', async () => {
  const { camera, queue } = open({ bufferBytes: 10 });
  await camera.capture(2, 100);
  assert.deepEqual([takeSequences(queue), queue.dropped], [[1], 1]);
});

test('BufferedFrameQueue drops nothing that was not asked for when so many frames are wanted', async () => {
  const { camera, queue } = open({ bufferBytes: 3, count: 3 });
  await camera.capture(9);
  assert.deepEqual([takeSequences(queue), queue.dropped], [[1, 2, 3], 0]);
});

test('BufferedFrameQueue gives another frame in the place of one that cannot be taken', async () => {
  const { camera, queue } = open({ count: 2 });
  await camera.capture(5);
  queue.release(queue.take(), true);
  await camera.capture(5);
  assert.deepEqual(takeSequences(queue), [2, 3]);
});

test('a sender tells of the frames that wait in the buffer when it is stopped while the receiver is away', async () => {
  const { camera, queue } = open({ bufferBytes: 1000 });
  const lines: string[] = [];
  const log = { info: () => undefined, warn: (line: string) => lines.push(line) };
  const target = { host: '127.0.0.1', port: await findFreePort(), connectTimeoutMs: 5000, tls: undefined };
  const limits = { maxInFlight: 1, bufferBytes: 1000, count: 0, retries: 0, sendTimeoutMs: 5000, idleTimeoutMs: 5000 };
  const identity = { name: 'pi', token: new Uint8Array(), wire: 'auto', delivery: 'every' } as const;
  const stop = new AbortController();
  const sender = createTcpSender({ ...target, ...limits, ...identity }, queue, log);
  const running = sender.run(stop.signal);
  await camera.capture(5);
  await until(() => sender.state === 'waiting to connect again', 'a failed connect');
  stop.abort();
  await running;
  assert.equal(lines.at(-1), '5 frames were not sent');
});

test('BufferedFrameQueue fails as its source does, after the frames before that', async () => {
  const { camera, queue } = open();
  await camera.capture(1);
  camera.fail(new Error('camera on fire'));
  assert.equal(await queue.ready(), true);
  queue.take();
  await assert.rejects(queue.ready(), /camera on fire/);
});

test('every frame that a live source captures is delivered or counted as dropped, in its order', async () => {
  const step = fc.constantFrom('capture', 'capture', 'send', 'acknowledge', 'reject', 'break');
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { camera, queue, outbox } = open({ bufferBytes: 5 });
      const sent: number[] = [];
      let newest = 0;
      const run: Record<(typeof steps)[number], () => unknown> = {
        capture: () => camera.capture(2),
        send: async () => {
          if (!outbox.hasRoom || !(await Promise.race([outbox.ready(), settle()]))) return;
          newest = outbox.next().sequence;
          sent.push(newest);
        },
        acknowledge: () => outbox.acknowledgeUpTo(newest),
        reject: () => outbox.reject(newest),
        break: () => outbox.rewind(),
      };
      for (const one of steps) await run[one]();
      for (let i = 0; i < 20; i++) for (const one of ['send', 'acknowledge'] as const) await run[one]();
      const { pending } = outbox;
      const { delivered, rejected } = outbox.figures;
      assert.equal(delivered + rejected + queue.dropped, camera.captured);
      assert.equal(pending, 0);
      const seen = [...new Set(sent)];
      assert.deepEqual(
        seen,
        seen.toSorted((a, b) => a - b),
      );
    }),
    { numRuns: 200 },
  );
});

test('createFrameQueue lets a file wait, buffers what is live, and gives the newest where that is wanted', () => {
  const make = (delivery: 'latest' | 'every', isLive: boolean) =>
    createFrameQueue(new Camera(), { delivery, isLive, bufferBytes: 1, count: 0 });
  assert.ok(make('every', false) instanceof EveryFrameQueue);
  assert.ok(make('every', true) instanceof BufferedFrameQueue);
  assert.ok(make('latest', true) instanceof LatestFrameQueue);
  assert.ok(make('latest', false) instanceof LatestFrameQueue);
});
