import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CameraRegistry } from '../../src/frames/camera-registry.ts';
import type { ReceivedFrame } from '../../src/frames/received-frame.ts';
import { Pipeline } from '../../src/sinks/pipeline.ts';
import type { Sink } from '../../src/sinks/sink.ts';
import { makeReceived, makeSender } from '../support/frames.ts';

/** A sink that remembers, and takes as long as the test wants. */
class SlowSink implements Sink {
  readonly taken: number[] = [];
  readonly events: string[] = [];
  finish: (isTaken: boolean) => void = () => undefined;

  write(frame: ReceivedFrame): Promise<boolean> {
    this.taken.push(frame.sequence);
    return new Promise((resolve) => {
      this.finish = resolve;
    });
  }

  disconnected(): void {
    this.events.push('leave');
  }

  async close(): Promise<void> {
    this.events.push('close');
  }
}

function open(sinks: readonly Sink[], count = 0, onDone: () => unknown = () => undefined): Pipeline {
  return new Pipeline(sinks, { cameras: new CameraRegistry(), count, onDone });
}

test('Pipeline hands each frame to every sink at once, without a wait when none asks for one', () => {
  const taken: number[] = [];
  const sink: Sink = { write: (frame) => taken.push(frame.sequence) > 0 };
  assert.equal(open([sink, sink]).deliver(makeReceived({ sequence: 1 })), true);
  assert.deepEqual(taken, [1, 1]);
});

test('Pipeline says that a frame is taken when the slowest sink has taken it, and not before', async () => {
  const [quick, slow] = [new SlowSink(), new SlowSink()];
  let isTaken: boolean | undefined;
  const taking = Promise.resolve(open([quick, slow]).deliver(makeReceived())).then((result) => {
    isTaken = result;
  });
  quick.finish(true);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(isTaken, undefined);
  slow.finish(true);
  await taking;
  assert.equal(isTaken, true);
});

test('Pipeline says that a frame is not taken when one sink of several has not taken it', async () => {
  const [one, other] = [new SlowSink(), new SlowSink()];
  const taking = open([one, { write: () => true }, other]).deliver(makeReceived());
  one.finish(false);
  other.finish(true);
  assert.equal(await taking, false);
});

test('Pipeline says that a frame is not taken when a sink says so at once', async () => {
  const rejecting: Sink = { write: () => false };
  const slow = new SlowSink();
  assert.equal(await open([rejecting]).deliver(makeReceived()), false);
  const taking = open([slow, rejecting]).deliver(makeReceived());
  slow.finish(true);
  assert.equal(await taking, false);
});

test('Pipeline tells of a frame when it is taken, in the order of its sender, and of none that is not taken', async () => {
  const told: number[] = [];
  const finish: ((isTaken: boolean) => void)[] = [];
  const disk: Sink = { write: () => new Promise((resolve) => finish.push(resolve)) };
  const lines: Sink = { isTold: true, write: ({ sequence }) => told.push(sequence) > 0 };
  const pipeline = open([lines, disk]);
  const sender = makeSender();
  const results = [1, 2, 3].map((sequence) => pipeline.deliver(makeReceived({ connection: sender, sequence })));
  finish[2]?.(true);
  finish[1]?.(false);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(told, []);
  finish[0]?.(true);
  assert.deepEqual(await Promise.all(results), [true, false, true]);
  assert.deepEqual(told, [1, 3]);
  assert.equal(open([lines]).deliver(makeReceived({ sequence: 4 })), true);
});

test('Pipeline hands over exactly as many frames as are counted, says so once and takes no other', async () => {
  const sink = new SlowSink();
  let done = 0;
  const pipeline = open([sink], 2, () => done++);
  const first = pipeline.deliver(makeReceived({ sequence: 1 }));
  const finishFirst = sink.finish;
  const second = pipeline.deliver(makeReceived({ sequence: 2 }));
  const others = [3, 4].map((sequence) => pipeline.deliver(makeReceived({ sequence })));
  assert.deepEqual(sink.taken, [1, 2]);
  assert.deepEqual(others, [false, false]);
  finishFirst(true);
  sink.finish(true);
  assert.deepEqual(await Promise.all([first, second]), [true, true]);
  assert.equal(done, 1);
});

test('Pipeline closes its sinks when the frames that they took are done with, and not before', async () => {
  const sink = new SlowSink();
  const pipeline = open([sink]);
  void pipeline.deliver(makeReceived());
  const closing = pipeline.close();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(sink.events, []);
  sink.finish(true);
  await closing;
  assert.deepEqual(sink.events, ['close']);
});

test('Pipeline tells every sink when a connection ends that had brought frames', () => {
  const sinks = [new SlowSink(), new SlowSink()];
  const pipeline = open(sinks);
  const [sender, other] = [makeSender(), makeSender()];
  pipeline.connected(sender);
  pipeline.disconnected(other, undefined);
  pipeline.disconnected(sender, undefined);
  for (const sink of sinks) assert.deepEqual(sink.events, ['leave']);
});

test('Pipeline ends when so many frames are taken, and not when a frame is that is not taken in the end', async () => {
  const slow = new SlowSink();
  let ends = 0;
  const pipeline = open([slow], 2, () => ends++);
  const first = pipeline.deliver(makeReceived({ sequence: 1 }));
  slow.finish(true);
  assert.equal(await first, true);
  const second = pipeline.deliver(makeReceived({ sequence: 2 }));
  // No more frames than are wanted are in flight.
  assert.equal(pipeline.deliver(makeReceived({ sequence: 3 })), false);
  slow.finish(false);
  assert.equal(await second, false);
  assert.deepEqual([ends, pipeline.wanted], [0, 1]);
  const again = pipeline.deliver(makeReceived({ sequence: 2 }));
  slow.finish(true);
  assert.equal(await again, true);
  assert.deepEqual([ends, pipeline.wanted], [1, 0]);
});
