import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReceivedFrame } from '../../src/link/received-frame.ts';
import { FanOut } from '../../src/sinks/fan-out.ts';
import type { Sink } from '../../src/sinks/sink.ts';

const sender = { label: '127.0.0.1:1', frames: 0, bytes: 0, latenessUs: 0 };

function makeFrame(number: number): ReceivedFrame {
  return { jpeg: new Uint8Array(), width: 1, height: 1, capturedAtUs: 0, sender, number, receivedAtUs: 0 };
}

/** A sink that remembers, and takes as long as the test wants. */
class SlowSink implements Sink {
  readonly taken: number[] = [];
  readonly events: string[] = [];
  finish: () => void = () => undefined;

  take(frame: ReceivedFrame): Promise<void> {
    this.taken.push(frame.number);
    return new Promise((resolve) => {
      this.finish = resolve;
    });
  }

  leave(): void {
    this.events.push('leave');
  }

  async close(): Promise<void> {
    this.events.push('close');
  }
}

test('FanOut hands each frame to every sink at once, without a wait when none asks for one', () => {
  const taken: number[] = [];
  const sink = { take: (frame: ReceivedFrame) => void taken.push(frame.number) };
  const fanOut = new FanOut([sink, sink], 0, () => undefined);
  assert.equal(fanOut.take(makeFrame(1)), undefined);
  assert.deepEqual(taken, [1, 1]);
});

test('FanOut hands over exactly as many frames as are counted and says so once', () => {
  const sink = new SlowSink();
  let done = 0;
  const fanOut = new FanOut([sink], 2, () => done++);
  for (const number of [1, 2, 3, 4]) void fanOut.take(makeFrame(number));
  assert.deepEqual(sink.taken, [1, 2]);
  assert.equal(done, 1);
});

test('FanOut closes its sinks when the frames that they took are done with, and not before', async () => {
  const sink = new SlowSink();
  const fanOut = new FanOut([sink], 0, () => undefined);
  void fanOut.take(makeFrame(1));
  const closing = fanOut.close();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(sink.events, []);
  sink.finish();
  await closing;
  assert.deepEqual(sink.events, ['close']);
});

test('FanOut tells every sink when a sender leaves', () => {
  const sinks = [new SlowSink(), new SlowSink()];
  new FanOut(sinks, 0, () => undefined).leave(sender);
  for (const sink of sinks) assert.deepEqual(sink.events, ['leave']);
});
