import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CodedError } from '../../../src/errors.ts';
import type { Camera } from '../../../src/frames/camera.ts';
import { CameraRegistry } from '../../../src/frames/camera-registry.ts';
import type { ReceivedFrame } from '../../../src/frames/received-frame.ts';
import type { FrameProcessor } from '../../../src/sinks/queue/frame-processor.ts';
import { QueuedSink, type QueueOptions } from '../../../src/sinks/queue/queued-sink.ts';
import { Sampler } from '../../../src/sinks/sampler.ts';
import { FakeTime } from '../../support/fake-time.ts';
import { makeReceived, makeSender, settle } from '../../support/frames.ts';

const names = { name: 'save', activity: 'saving', participle: 'saved' };

/** Does each piece of work when the test says so, as it says. */
class TrialWorker implements FrameProcessor {
  readonly done: string[] = [];
  readonly #waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];

  process(frame: ReceivedFrame, camera: Camera): Promise<void> {
    return this.#wait(`${camera.key} ${frame.sequence}`);
  }

  disconnected(camera: Camera): Promise<void> {
    return this.#wait(`${camera.key} leaves`);
  }

  async close(): Promise<void> {
    this.done.push('close');
  }

  async finish(error?: Error): Promise<void> {
    const next = this.#waiting.shift();
    if (error === undefined) next?.resolve();
    else next?.reject(error);
    await settle();
  }

  async #wait(what: string): Promise<void> {
    await new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    this.done.push(what);
  }
}

function open(options: Partial<QueueOptions> = {}, own?: FrameProcessor) {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const stop = new AbortController();
  const cameras = new CameraRegistry();
  const processor = new TrialWorker();
  const sink = new QueuedSink(
    cameras,
    own ?? processor,
    { ...names, ...options },
    { info: write, warn: write },
    stop.signal,
  );
  const connect = (name: string, delivery: 'latest' | 'every' | undefined, address = '127.0.0.1:1') => {
    const stream = delivery === undefined ? undefined : `${name}-k3x9f2ab`;
    const sender = makeSender({ name, stream, delivery, address, awaitsReply: name === 'posted' });
    cameras.connected(sender);
    const send = (sequence: number, bytes = 1) => {
      const taken = sink.write(makeReceived({ connection: sender, sequence, jpeg: new Uint8Array(bytes) }));
      return { taken };
    };
    const leave = () => {
      sink.disconnected(sender);
      cameras.disconnected(sender, undefined);
    };
    return { send, leave };
  };
  return { sink, processor, stop, lines, connect };
}

const full = () => new CodedError('OUTPUT_FAILED', 'Cannot save x: the disk is full (ENOSPC)');

describe('QueuedSink', () => {
  test('says of each camera what waits of it, with what is worked on, and of one that went nothing', async () => {
    const { sink, processor, connect } = open({ maxFrames: 2 });
    const queues = () => [...(sink.stats.queues ?? [])].map(({ camera, frames, bytes }) => [camera.key, frames, bytes]);
    const [a, b] = [connect('a', 'latest'), connect('b', 'every')];
    for (const sequence of [1, 2, 3, 4]) a.send(sequence, 10);
    b.send(1, 5);
    assert.deepEqual(queues(), [
      ['a', 3, 30],
      ['b', 1, 5],
    ]);
    a.leave();
    for (let i = 0; i < 5; i++) await processor.finish();
    assert.deepEqual(queues(), [['b', 0, 0]]);
    assert.deepEqual([sink.stats.waitingFrames, sink.stats.waitingBytes], [0, 0]);
  });

  test('takes an expendable frame at once, and the others when they are done', async () => {
    const { processor, connect } = open();
    const [latest, every] = [connect('a', 'latest'), connect('b', 'every')];
    assert.equal(latest.send(1).taken, true);
    const { taken } = every.send(1);
    assert.ok(taken instanceof Promise);
    await settle();
    await processor.finish();
    await processor.finish();
    assert.equal(await taken, true);
    assert.deepEqual(processor.done, ['a 1', 'b 1']);
  });

  test('keeps the order of a camera, and its end behind its frames', async () => {
    const { processor, connect, sink } = open();
    const camera = connect('a', 'latest');
    for (const sequence of [1, 2, 3]) camera.send(sequence);
    camera.leave();
    await settle();
    for (let i = 0; i < 4; i++) await processor.finish();
    await sink.close();
    assert.deepEqual(processor.done, ['a 1', 'a 2', 'a 3', 'a leaves', 'close']);
  });

  test('drops the oldest frames of the camera that is behind, counts them, and says so once', async () => {
    const { processor, connect, sink, lines } = open({ maxFrames: 2 });
    const [slow, other] = [connect('slow', 'latest'), connect('other', 'latest')];
    slow.send(1);
    await settle();
    for (const sequence of [2, 3, 4, 5]) slow.send(sequence);
    other.send(1);
    assert.deepEqual([sink.stats.dropped, sink.stats.waitingFrames], [2, 4]);
    assert.deepEqual(lines, [
      '--save is slower than the pictures come: more than 2 of slow wait. The oldest are dropped until it keeps up',
    ]);
    await settle();
    for (let i = 0; i < 4; i++) await processor.finish();
    assert.deepEqual(processor.done.toSorted(), ['other 1', 'slow 1', 'slow 4', 'slow 5']);
    assert.equal(lines[1], '--save keeps up again: 2 pictures were dropped');
    await sink.close();
    assert.equal(lines.at(-1), '2 pictures were not saved, 4 were');
  });

  test('makes a sender wait whose wish it does not know while the work is slow, and no longer than that', async () => {
    using time = new FakeTime();
    const { processor, connect, sink } = open({ maxFrames: 2 });
    const camera = connect('plain', undefined);
    for (const sequence of [1, 2, 3]) assert.equal(camera.send(sequence).taken, true);
    const { taken } = camera.send(4);
    assert.ok(taken instanceof Promise);
    await processor.finish();
    await time.pass(2000);
    assert.equal(await taken, true);
    assert.equal(sink.stats.dropped, 0);
    // Now it hangs: the wait is over after two seconds, and the next frame has none.
    const late = camera.send(5).taken;
    await time.pass(2000);
    assert.equal(await late, true);
    assert.equal(camera.send(6).taken, true);
    assert.equal(sink.stats.dropped, 2);
    for (let i = 0; i < 4; i++) await processor.finish();
    assert.deepEqual(processor.done, ['plain 1', 'plain 2', 'plain 5', 'plain 6']);
    assert.equal(camera.send(7).taken, true);
  });

  test('holds no more bytes than it may, at the cost of the camera that has the most', async () => {
    const { connect, sink } = open({ maxBytes: 1000 });
    const [large, small] = [connect('large', 'latest'), connect('small', 'latest')];
    small.send(1, 100);
    for (const sequence of [1, 2, 3, 4, 5]) large.send(sequence, 300);
    small.send(2, 100);
    await settle();
    assert.ok(sink.stats.waitingBytes <= 1000, `${sink.stats.waitingBytes}`);
    assert.equal(sink.stats.dropped, 3);
  });

  test('lets a camera whose work hangs hold up no other', async () => {
    const done: number[] = [];
    const { connect, sink } = open(
      {},
      {
        process: async ({ sequence }, { key }) => {
          if (key === 'hung') await new Promise(() => undefined);
          done.push(sequence);
        },
      },
    );
    const [hung, good] = [connect('hung', 'latest'), connect('good', 'latest')];
    for (const sequence of [1, 2, 3]) {
      hung.send(sequence);
      good.send(sequence);
      await settle();
    }
    assert.deepEqual(done, [1, 2, 3]);
    assert.equal(sink.isFlowing(), true);
    assert.equal(sink.isFlowing(), false);
  });

  test('gives one camera of another host its turn next, however many cameras of one host have work', async () => {
    const { processor, connect } = open({ maxAtOnce: 2 });
    for (let i = 0; i < 20; i++) {
      const flood = connect(`flood${i}`, undefined, `127.0.0.2:${i + 1}`);
      for (const sequence of [1, 2, 3]) flood.send(sequence);
    }
    const good = connect('good', 'latest');
    for (const sequence of [1, 2]) {
      good.send(sequence);
      for (let i = 0; i < 4; i++) await processor.finish();
      assert.ok(processor.done.includes(`good ${sequence}`), `${processor.done}`);
    }
  });

  test('drops an expendable frame that cannot be done, says so once, and says when it works again', async () => {
    const { processor, connect, sink, lines } = open();
    const camera = connect('a', 'latest');
    for (const sequence of [1, 2, 3]) camera.send(sequence);
    await settle();
    await processor.finish(full());
    await processor.finish(full());
    await processor.finish();
    assert.deepEqual(lines, [
      'Cannot save x: the disk is full (ENOSPC); dropping frames until it works again [OUTPUT_FAILED]',
      'saving a again after 2 failed tries',
    ]);
    const { done, dropped, failures } = sink.stats;
    assert.deepEqual({ done, dropped, failures }, { done: 1, dropped: 2, failures: 2 });
  });

  test('tries again until a frame is done that must not be lost', async () => {
    using time = new FakeTime();
    const { processor, connect, lines, sink } = open();
    const { taken } = connect('a', 'every').send(1);
    await settle();
    await processor.finish(full());
    assert.match(lines[0] ?? '', /; the sender waits until it works again \[OUTPUT_FAILED\]$/);
    await time.pass(1100);
    await processor.finish();
    assert.equal(await taken, true);
    assert.equal(sink.stats.dropped, 0);
  });

  test('takes no frame that fails for two seconds where its sender waits for a reply, and counts it', async () => {
    using time = new FakeTime();
    let tries = 0;
    const own: FrameProcessor = {
      process: async (): Promise<void> => {
        tries++;
        throw full();
      },
    };
    const { connect, sink, lines } = open({}, own);
    const posted = connect('posted', 'every');
    const first = posted.send(1).taken;
    const second = posted.send(2).taken;
    const both = Promise.all([first, second]);
    await time.pass(5000);
    assert.deepEqual(await both, [false, false]);
    assert.match(lines[0] ?? '', /; posted pictures are answered with 503 if they fail for 2 s, until it works again/);
    assert.ok(tries >= 3 && tries <= 5, `${tries}`);
    const { done, dropped, waitingFrames } = sink.stats;
    assert.deepEqual({ done, dropped, waitingFrames }, { done: 0, dropped: 2, waitingFrames: 0 });
  });

  test('takes no frame that hangs for ten seconds where its sender waits for a reply, and counts each once', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { processor, connect, sink } = open();
    const [posted, other] = [connect('posted', 'every'), connect('other', 'every')];
    const [inHand, waiting] = [posted.send(1).taken, posted.send(2).taken];
    other.send(1);
    t.mock.timers.tick(9999);
    assert.equal(sink.stats.waitingFrames, 3);
    t.mock.timers.tick(1);
    assert.deepEqual([await inHand, await waiting], [false, false]);
    // The frame in work is done after all; those that waited are not begun.
    await processor.finish();
    await processor.finish();
    const { done, dropped, waitingFrames } = sink.stats;
    assert.deepEqual({ done, dropped, waitingFrames }, { done: 2, dropped: 1, waitingFrames: 0 });
    assert.deepEqual(processor.done, ['posted 1', 'other 1']);
  });

  test('lets no camera that is tried again and again keep others from their turn', async () => {
    const done: string[] = [];
    const own: FrameProcessor = {
      process: async (_, { key }) => {
        if (key.startsWith('bad')) throw full();
        done.push(key);
      },
    };
    const { connect, stop, lines } = open({ maxAtOnce: 2 }, own);
    for (const key of ['bad1', 'bad2', 'bad3']) connect(key, 'every').send(1);
    await settle();
    connect('good', 'latest').send(1);
    await settle();
    assert.deepEqual(done, ['good']);
    assert.equal(lines.length, 3);
    stop.abort();
  });

  test('has not taken a frame that could not be done when the program stops', async () => {
    const { processor, connect, stop, sink } = open();
    const { taken } = connect('a', 'every').send(1);
    await settle();
    stop.abort();
    await processor.finish(full());
    assert.equal(await taken, false);
    assert.deepEqual([sink.stats.done, sink.stats.dropped], [0, 0]);
  });

  test('drops all that still waits a while after the program was told to stop, however much it is', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { processor, connect, stop, sink } = open({ maxAtOnce: 1 });
    const newest = connect('a', 'latest');
    for (const sequence of [1, 2, 3]) newest.send(sequence);
    const { taken } = connect('b', 'every').send(1);
    stop.abort();
    const closed = sink.close();
    t.mock.timers.tick(4999);
    assert.equal(sink.stats.waitingFrames, 4);
    t.mock.timers.tick(1);
    await processor.finish();
    assert.equal(await taken, false);
    await closed;
    assert.deepEqual([sink.stats.done, sink.stats.dropped, sink.stats.waitingFrames], [1, 2, 0]);
  });

  test('waits for room for a camera without holding up another', async () => {
    const full = Promise.withResolvers<void>();
    const done: string[] = [];
    const { connect } = open(
      { maxAtOnce: 1 },
      {
        roomFor: ({ key }) => (key === 'full' ? full.promise : undefined),
        process: async ({ sequence }, { key }) => void done.push(`${key} ${sequence}`),
      },
    );
    connect('full', 'latest').send(1);
    connect('good', 'latest').send(1);
    await settle();
    assert.deepEqual(done, ['good 1']);
    full.resolve();
    await settle();
    assert.deepEqual(done, ['good 1', 'full 1']);
  });

  test('keeps one queue for a camera that was forgotten while its frames waited, and is back', async () => {
    const { processor, connect } = open();
    const first = connect('x', 'latest');
    for (const sequence of [1, 2]) first.send(sequence);
    first.leave();
    // So many others that the registry knows it no more.
    for (let i = 0; i < 101; i++) connect(`other${i}`, 'latest').leave();
    const again = connect('x', 'latest');
    again.send(3);
    const ofX = () => processor.done.filter((what) => what.startsWith('x '));
    for (let i = 0; i < 120 && ofX().length < 4; i++) await processor.finish();
    assert.deepEqual(ofX(), ['x 1', 'x 2', 'x leaves', 'x 3']);
  });

  test('has work for the frames alone that its sampler picks', async () => {
    const { processor, connect, sink } = open({ sampler: new Sampler({ frames: 3 }) });
    const camera = connect('a', 'every');
    for (const sequence of [1, 2, 3]) {
      const { taken } = camera.send(sequence);
      assert.equal(taken === true, sequence !== 1);
    }
    await processor.finish();
    assert.deepEqual(processor.done, ['a 1']);
    assert.deepEqual([sink.stats.done, sink.stats.dropped], [1, 0]);
  });

  test('keeps the newest frame alone where only that counts, without a word', async () => {
    const { processor, connect, sink, lines } = open({ maxFrames: 1, maxAtOnce: 1, isDroppable: () => true });
    const camera = connect('a', 'every');
    for (const sequence of [1, 2, 3, 4]) camera.send(sequence);
    await settle();
    await processor.finish();
    await processor.finish();
    assert.deepEqual(processor.done, ['a 1', 'a 4']);
    assert.equal(sink.stats.dropped, 2);
    assert.deepEqual(lines, []);
  });
});
