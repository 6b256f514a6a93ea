import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Camera } from '../../../src/cameras/camera.ts';
import { CameraRegistry } from '../../../src/cameras/camera-registry.ts';
import type { ReceivedFrame } from '../../../src/link/receiving/received-frame.ts';
import { CodedError } from '../../../src/protocol/errors.ts';
import { type FrameWorker, type PacedOptions, PacedSink } from '../../../src/sinks/paced/paced-sink.ts';
import { Sampler } from '../../../src/sinks/sampler.ts';
import { makeReceived, makeSender, settle } from '../../support/frames.ts';

const names = { name: 'save', activity: 'saving', participle: 'saved' };

/** Does each piece of work when the test says so, as it says. */
class TrialWorker implements FrameWorker {
  readonly done: string[] = [];
  readonly #waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];

  work(frame: ReceivedFrame, camera: Camera): Promise<void> {
    return this.#wait(`${camera.key} ${frame.number}`);
  }

  leave(camera: Camera): Promise<void> {
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

function open(options: Partial<PacedOptions> = {}, own?: FrameWorker) {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const stop = new AbortController();
  const cameras = new CameraRegistry();
  const worker = new TrialWorker();
  const sink = new PacedSink(
    cameras,
    own ?? worker,
    { ...names, ...options },
    { info: write, warn: write },
    stop.signal,
  );
  const connect = (name: string, delivery: 'latest' | 'every' | undefined, address = '127.0.0.1:1') => {
    const stream = delivery === undefined ? undefined : `${name}-k3x9f2ab`;
    const sender = makeSender({ name, stream, delivery, address, awaitsReply: name === 'posted' });
    cameras.arrive(sender);
    const send = (number: number, bytes = 1) => {
      const taken = sink.take(makeReceived({ sender, number, jpeg: new Uint8Array(bytes) }));
      return { taken };
    };
    const leave = () => {
      sink.leave(sender);
      cameras.leave(sender, undefined);
    };
    return { send, leave };
  };
  return { sink, worker, stop, lines, connect };
}

const full = () => new CodedError('OUTPUT_FAILED', 'Cannot save x: the disk is full (ENOSPC)');

describe('PacedSink', () => {
  test('says of each camera what waits of it, with what is worked on, and of one that went nothing', async () => {
    const { sink, worker, connect } = open({ mostFrames: 2 });
    const queues = () =>
      [...(sink.figures.queues ?? [])].map(({ camera, frames, bytes }) => [camera.key, frames, bytes]);
    const [a, b] = [connect('a', 'latest'), connect('b', 'every')];
    for (const number of [1, 2, 3, 4]) a.send(number, 10);
    b.send(1, 5);
    assert.deepEqual(queues(), [
      ['a', 3, 30],
      ['b', 1, 5],
    ]);
    a.leave();
    for (let i = 0; i < 5; i++) await worker.finish();
    assert.deepEqual(queues(), [['b', 0, 0]]);
    assert.deepEqual([sink.figures.waitingFrames, sink.figures.waitingBytes], [0, 0]);
  });

  test('takes an expendable frame at once, and the others when they are done', async () => {
    const { worker, connect } = open();
    const [latest, every] = [connect('a', 'latest'), connect('b', 'every')];
    assert.equal(latest.send(1).taken, true);
    const { taken } = every.send(1);
    assert.ok(taken instanceof Promise);
    await settle();
    await worker.finish();
    await worker.finish();
    assert.equal(await taken, true);
    assert.deepEqual(worker.done, ['a 1', 'b 1']);
  });

  test('keeps the order of a camera, and its end behind its frames', async () => {
    const { worker, connect, sink } = open();
    const camera = connect('a', 'latest');
    for (const number of [1, 2, 3]) camera.send(number);
    camera.leave();
    await settle();
    for (let i = 0; i < 4; i++) await worker.finish();
    await sink.close();
    assert.deepEqual(worker.done, ['a 1', 'a 2', 'a 3', 'a leaves', 'close']);
  });

  test('leaves out the oldest frames of the camera that is behind, counts them, and says so once', async () => {
    const { worker, connect, sink, lines } = open({ mostFrames: 2 });
    const [slow, other] = [connect('slow', 'latest'), connect('other', 'latest')];
    slow.send(1);
    await settle();
    for (const number of [2, 3, 4, 5]) slow.send(number);
    other.send(1);
    assert.deepEqual([sink.figures.dropped, sink.figures.waitingFrames], [2, 4]);
    assert.deepEqual(lines, [
      '--save is slower than the pictures come: more than 2 of slow wait. The oldest are left out until it keeps up',
    ]);
    await settle();
    for (let i = 0; i < 4; i++) await worker.finish();
    assert.deepEqual(worker.done.toSorted(), ['other 1', 'slow 1', 'slow 4', 'slow 5']);
    assert.equal(lines[1], '--save keeps up again: 2 pictures were left out');
    await sink.close();
    assert.equal(lines.at(-1), '2 pictures were not saved, 4 were');
  });

  test('makes a sender wait whose wish it does not know while the work is slow, and no longer than that', async () => {
    const { worker, connect, sink } = open({ mostFrames: 2 });
    const camera = connect('plain', undefined);
    for (const number of [1, 2, 3]) assert.equal(camera.send(number).taken, true);
    const { taken } = camera.send(4);
    assert.ok(taken instanceof Promise);
    await worker.finish();
    assert.equal(await taken, true);
    assert.equal(sink.figures.dropped, 0);
    // Now it hangs: the wait is over after two seconds, and the next frame has none.
    const late = camera.send(5).taken;
    assert.equal(await late, true);
    assert.equal(camera.send(6).taken, true);
    assert.equal(sink.figures.dropped, 2);
    for (let i = 0; i < 4; i++) await worker.finish();
    assert.deepEqual(worker.done, ['plain 1', 'plain 2', 'plain 5', 'plain 6']);
    assert.equal(camera.send(7).taken, true);
  });

  test('holds no more bytes than it may, at the cost of the camera that has the most', async () => {
    const { connect, sink } = open({ mostBytes: 1000 });
    const [large, small] = [connect('large', 'latest'), connect('small', 'latest')];
    small.send(1, 100);
    for (const number of [1, 2, 3, 4, 5]) large.send(number, 300);
    small.send(2, 100);
    await settle();
    assert.ok(sink.figures.waitingBytes <= 1000, `${sink.figures.waitingBytes}`);
    assert.equal(sink.figures.dropped, 3);
  });

  test('lets a camera whose work hangs hold up no other', async () => {
    const done: number[] = [];
    const { connect, sink } = open(
      {},
      {
        work: async ({ number }, { key }) => {
          if (key === 'hung') await new Promise(() => undefined);
          done.push(number);
        },
      },
    );
    const [hung, good] = [connect('hung', 'latest'), connect('good', 'latest')];
    for (const number of [1, 2, 3]) {
      hung.send(number);
      good.send(number);
      await settle();
    }
    assert.deepEqual(done, [1, 2, 3]);
    assert.equal(sink.isFlowing(), true);
    assert.equal(sink.isFlowing(), false);
  });

  test('gives one camera of another host its turn next, however many cameras of one host have work', async () => {
    const { worker, connect } = open({ mostAtOnce: 2 });
    for (let i = 0; i < 20; i++) {
      const flood = connect(`flood${i}`, undefined, `127.0.0.2:${i + 1}`);
      for (const number of [1, 2, 3]) flood.send(number);
    }
    const good = connect('good', 'latest');
    for (const number of [1, 2]) {
      good.send(number);
      for (let i = 0; i < 4; i++) await worker.finish();
      assert.ok(worker.done.includes(`good ${number}`), `${worker.done}`);
    }
  });

  test('drops an expendable frame that cannot be done, says so once, and says when it works again', async () => {
    const { worker, connect, sink, lines } = open();
    const camera = connect('a', 'latest');
    for (const number of [1, 2, 3]) camera.send(number);
    await settle();
    await worker.finish(full());
    await worker.finish(full());
    await worker.finish();
    assert.deepEqual(lines, [
      'Cannot save x: the disk is full (ENOSPC); dropping frames until it works again [OUTPUT_FAILED]',
      'saving a again after 2 failed tries',
    ]);
    const { done, dropped, failures } = sink.figures;
    assert.deepEqual({ done, dropped, failures }, { done: 1, dropped: 2, failures: 2 });
  });

  test('tries again until a frame is done that must not be lost', async () => {
    const { worker, connect, lines, sink } = open();
    const { taken } = connect('a', 'every').send(1);
    await settle();
    await worker.finish(full());
    assert.match(lines[0] ?? '', /; the sender waits until it works again \[OUTPUT_FAILED\]$/);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await worker.finish();
    assert.equal(await taken, true);
    assert.equal(sink.figures.dropped, 0);
  });

  test('takes no frame that fails for two seconds where its sender waits for a reply, and counts it', async () => {
    let tries = 0;
    const own: FrameWorker = {
      work: async (): Promise<void> => {
        tries++;
        throw full();
      },
    };
    const { connect, sink, lines } = open({}, own);
    const posted = connect('posted', 'every');
    const first = posted.send(1).taken;
    const second = posted.send(2).taken;
    assert.deepEqual(await Promise.all([first, second]), [false, false]);
    assert.match(lines[0] ?? '', /; posted pictures are answered with 503 if they fail for 2 s, until it works again/);
    assert.ok(tries >= 3 && tries <= 5, `${tries}`);
    const { done, dropped, waitingFrames } = sink.figures;
    assert.deepEqual({ done, dropped, waitingFrames }, { done: 0, dropped: 2, waitingFrames: 0 });
  });

  test('takes no frame that hangs for ten seconds where its sender waits for a reply, and counts each once', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { worker, connect, sink } = open();
    const [posted, other] = [connect('posted', 'every'), connect('other', 'every')];
    const [inHand, waiting] = [posted.send(1).taken, posted.send(2).taken];
    other.send(1);
    t.mock.timers.tick(9999);
    assert.equal(sink.figures.waitingFrames, 3);
    t.mock.timers.tick(1);
    assert.deepEqual([await inHand, await waiting], [false, false]);
    // What was in hand is done after all; what waited is not begun.
    await worker.finish();
    await worker.finish();
    const { done, dropped, waitingFrames } = sink.figures;
    assert.deepEqual({ done, dropped, waitingFrames }, { done: 2, dropped: 1, waitingFrames: 0 });
    assert.deepEqual(worker.done, ['posted 1', 'other 1']);
  });

  test('lets no camera that is tried again and again keep others from their turn', async () => {
    const done: string[] = [];
    const own: FrameWorker = {
      work: async (_, { key }) => {
        if (key.startsWith('bad')) throw full();
        done.push(key);
      },
    };
    const { connect, stop, lines } = open({ mostAtOnce: 2 }, own);
    for (const key of ['bad1', 'bad2', 'bad3']) connect(key, 'every').send(1);
    await settle();
    connect('good', 'latest').send(1);
    await settle();
    assert.deepEqual(done, ['good']);
    assert.equal(lines.length, 3);
    stop.abort();
  });

  test('has not taken a frame that could not be done when the program stops', async () => {
    const { worker, connect, stop, sink } = open();
    const { taken } = connect('a', 'every').send(1);
    await settle();
    stop.abort();
    await worker.finish(full());
    assert.equal(await taken, false);
    assert.deepEqual([sink.figures.done, sink.figures.dropped], [0, 0]);
  });

  test('drops all that still waits a while after the program was told to stop, however much it is', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { worker, connect, stop, sink } = open({ mostAtOnce: 1 });
    const newest = connect('a', 'latest');
    for (const number of [1, 2, 3]) newest.send(number);
    const { taken } = connect('b', 'every').send(1);
    stop.abort();
    const closed = sink.close();
    t.mock.timers.tick(4999);
    assert.equal(sink.figures.waitingFrames, 4);
    t.mock.timers.tick(1);
    await worker.finish();
    assert.equal(await taken, false);
    await closed;
    assert.deepEqual([sink.figures.done, sink.figures.dropped, sink.figures.waitingFrames], [1, 2, 0]);
  });

  test('waits for room for a camera without holding up another', async () => {
    const full = Promise.withResolvers<void>();
    const done: string[] = [];
    const { connect } = open(
      { mostAtOnce: 1 },
      {
        roomFor: ({ key }) => (key === 'full' ? full.promise : undefined),
        work: async ({ number }, { key }) => void done.push(`${key} ${number}`),
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

  test('keeps one lane for a camera that was forgotten while its frames waited, and is back', async () => {
    const { worker, connect } = open();
    const first = connect('x', 'latest');
    for (const number of [1, 2]) first.send(number);
    first.leave();
    // So many others that the registry knows it no more.
    for (let i = 0; i < 101; i++) connect(`other${i}`, 'latest').leave();
    const again = connect('x', 'latest');
    again.send(3);
    const ofX = () => worker.done.filter((what) => what.startsWith('x '));
    for (let i = 0; i < 120 && ofX().length < 4; i++) await worker.finish();
    assert.deepEqual(ofX(), ['x 1', 'x 2', 'x leaves', 'x 3']);
  });

  test('has work for the frames alone that its sampler picks', async () => {
    const { worker, connect, sink } = open({ sampler: new Sampler({ frames: 3 }) });
    const camera = connect('a', 'every');
    for (const number of [1, 2, 3]) {
      const { taken } = camera.send(number);
      assert.equal(taken === true, number !== 1);
    }
    await worker.finish();
    assert.deepEqual(worker.done, ['a 1']);
    assert.deepEqual([sink.figures.done, sink.figures.dropped], [1, 0]);
  });

  test('keeps the newest frame alone where only that counts, without a word', async () => {
    const { worker, connect, sink, lines } = open({ mostFrames: 1, mostAtOnce: 1, isExpendable: () => true });
    const camera = connect('a', 'every');
    for (const number of [1, 2, 3, 4]) camera.send(number);
    await settle();
    await worker.finish();
    await worker.finish();
    assert.deepEqual(worker.done, ['a 1', 'a 4']);
    assert.equal(sink.figures.dropped, 2);
    assert.deepEqual(lines, []);
  });
});
