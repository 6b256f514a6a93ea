import assert from 'node:assert/strict';
import { open } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { CameraRegistry } from '../../../src/frames/camera-registry.ts';
import { formatRecord } from '../../../src/sinks/framed.ts';
import { type StdoutSettings, StdoutSink } from '../../../src/sinks/stdout/stdout-sink.ts';
import { makeReceived, makeSender, settle } from '../../support/frames.ts';
import { TrialPipe } from '../../support/pipe.ts';
import { TrialLog } from '../../support/trial-log.ts';

/** More than a pipe holds. */
const large = 100_000;

function openSink(descriptor: number, settings: Partial<StdoutSettings> = {}, onGone?: () => void) {
  const cameras = new CameraRegistry();
  const stop = new AbortController();
  const log = new TrialLog();
  const all = { format: 'jpeg', delivery: 'latest', descriptor, ...settings } as const;
  const sink = new StdoutSink(cameras, all, log, stop.signal, onGone);
  const connect = (name: string) => {
    const sender = makeSender({ name, delivery: 'every' });
    const camera = cameras.connected(sender);
    const send = (sequence: number, bytes = large) => {
      const frame = makeReceived({ connection: sender, sequence, jpeg: new Uint8Array(bytes).fill(sequence) });
      return { frame, camera, taken: sink.write(frame) };
    };
    return { sender, send };
  };
  return { sink, stop, log, connect };
}

/** The numbers of so many large frames, which must be whole. */
async function readSequences(pipe: TrialPipe, count: number): Promise<number[]> {
  const sequences: number[] = [];
  for (let i = 0; i < count; i++) {
    const bytes = await pipe.read(large);
    sequences.push(bytes[0] ?? -1);
    assert.deepEqual(new Set(bytes).size, 1, `frame ${i + 1} is torn`);
  }
  return sequences;
}

describe('StdoutSink', () => {
  test('writes each frame behind its record, in parts or as one', async () => {
    await using pipe = await TrialPipe.open();
    const { sink, connect } = openSink(pipe.descriptor, { format: 'framed', delivery: 'every' });
    const camera = connect('pi-"\u00e9');
    for (const bytes of [7, large]) {
      const { frame, camera: of, taken } = camera.send(3, bytes);
      const record = Buffer.from(formatRecord(frame, of));
      assert.deepEqual(Buffer.from(await pipe.read(record.length)), record);
      const told = JSON.parse(record.toString());
      assert.deepEqual([told.camera, told.name, told.bytes], ['pi-e', 'pi-"\u00e9', bytes]);
      assert.deepEqual(await pipe.read(told.bytes), frame.jpeg);
      assert.equal(await taken, true);
    }
    await sink.close();
  });

  test('writes the frames of one camera alone when it is asked for by its name', async () => {
    await using pipe = await TrialPipe.open();
    const { sink, connect } = openSink(pipe.descriptor, { camera: 'Front door' });
    const [access, other] = [connect('Front door'), connect('garden')];
    assert.equal(other.send(1).taken, true);
    access.send(2);
    assert.deepEqual(await readSequences(pipe, 1), [2]);
    await sink.close();
    assert.deepEqual([sink.stats.done, sink.stats.dropped], [1, 0]);
  });

  test('writes the frames of the camera with just that name when another one has its key', async () => {
    await using pipe = await TrialPipe.open();
    const { sink, connect } = openSink(pipe.descriptor, { camera: 'a b' });
    const other = connect('a-b');
    assert.equal(other.send(1).taken, true);
    connect('a b').send(2);
    other.send(3);
    assert.deepEqual(await readSequences(pipe, 1), [2]);
    await sink.close();
    assert.deepEqual([sink.stats.done, sink.stats.dropped], [1, 0]);
  });

  test('gives a slow reader the newest frame of each camera in turn, whole, and lets nobody wait', async () => {
    await using pipe = await TrialPipe.open();
    const { sink, log, connect } = openSink(pipe.descriptor);
    const [a, b] = [connect('a'), connect('b')];
    for (const sequence of [1, 2, 3, 4]) assert.equal(a.send(sequence).taken, true);
    await settle();
    for (const sequence of [5, 6, 7]) assert.equal(a.send(sequence).taken, true);
    for (const sequence of [11, 12, 13]) assert.equal(b.send(sequence).taken, true);
    const { waitingFrames, waitingBytes } = sink.stats;
    assert.deepEqual([waitingFrames, waitingBytes], [3, 3 * large]);
    assert.deepEqual(await readSequences(pipe, 3), [1, 13, 7]);
    await sink.close();
    assert.deepEqual([sink.stats.done, sink.stats.dropped], [3, 7]);
    assert.deepEqual(log.lines, ['info: 7 pictures were not written to standard output, 3 were']);
  });

  test('loses nothing and makes each sender wait for the reader where every frame is wanted', async () => {
    await using pipe = await TrialPipe.open();
    const { sink, log, connect } = openSink(pipe.descriptor, { delivery: 'every' });
    const camera = connect('a');
    const writes = [1, 2, 3].map((sequence) => camera.send(sequence).taken);
    let taken = 0;
    for (const write of writes) {
      assert.ok(write instanceof Promise);
      void write.then((isTaken) => {
        if (isTaken) taken++;
      });
    }
    await settle();
    assert.equal(taken, 0);
    assert.deepEqual(await readSequences(pipe, 3), [1, 2, 3]);
    await Promise.all(writes);
    assert.equal(taken, 3);
    await sink.close();
    assert.deepEqual(log.lines, []);
  });

  test('tells its opener that the reader is gone, once', async () => {
    await using pipe = await TrialPipe.open();
    let gone = 0;
    const { connect, log, sink } = openSink(pipe.descriptor, { delivery: 'every' }, () => gone++);
    await pipe.closeReader();
    const camera = connect('a');
    assert.equal(await camera.send(1).taken, true);
    assert.equal(gone, 1);
    assert.equal(await camera.send(2).taken, true);
    assert.equal(gone, 1);
    await sink.close();
    assert.deepEqual(log.lines, ['info: 2 pictures were not written to standard output, 0 were']);
  });

  test('drops and counts all frames from there on when the reader is gone and nobody was to be told', async () => {
    await using pipe = await TrialPipe.open();
    const { connect, log, sink } = openSink(pipe.descriptor);
    const camera = connect('a');
    camera.send(1);
    await settle();
    camera.send(2);
    await pipe.read(10);
    await pipe.closeReader();
    while (sink.stats.waitingFrames > 0) await settle();
    assert.equal(camera.send(3).taken, true);
    const { done, dropped, failures, waitingFrames } = sink.stats;
    assert.deepEqual(
      { done, dropped, failures, waitingFrames },
      { done: 0, dropped: 3, failures: 0, waitingFrames: 0 },
    );
    assert.deepEqual(log.lines, ['warn: The reader of standard output is gone: no more pictures go there']);
  });

  test('finishes the current frame after the stop when the reader reads on', async () => {
    await using pipe = await TrialPipe.open();
    const { connect, stop, sink } = openSink(pipe.descriptor);
    connect('a').send(1);
    await settle();
    stop.abort();
    const closed = sink.close();
    assert.deepEqual(await readSequences(pipe, 1), [1]);
    await closed;
    assert.deepEqual([sink.stats.done, sink.stats.dropped], [1, 0]);
  });

  test('ends two seconds after the stop, and says what was dropped, when the reader does not read', async () => {
    await using pipe = await TrialPipe.open();
    const { connect, stop, sink, log } = openSink(pipe.descriptor, { delivery: 'every' });
    const writes = [connect('a').send(1).taken, connect('b').send(1).taken];
    stop.abort();
    await sink.close();
    // Nobody is to think that they arrived.
    assert.deepEqual(await Promise.all(writes), [false, false]);
    assert.deepEqual(log.lines, ['warn: The reader of standard output does not read; its last pictures are dropped']);
  });

  test('says that a file cannot be written, drops frames, and tries the next one', async () => {
    const full = await open('/dev/full', 'w');
    const { connect, sink, log } = openSink(full.fd);
    const camera = connect('a');
    for (const sequence of [1, 2]) {
      camera.send(sequence);
      while (sink.stats.waitingFrames > 0) await settle();
    }
    assert.deepEqual([sink.stats.dropped, sink.stats.failures], [2, 2]);
    assert.deepEqual(log.lines, [
      'warn: Cannot write to standard output: the disk is full (ENOSPC); dropping frames until it works again [OUTPUT_FAILED]',
    ]);
    await sink.close();
    await full.close();
  });

  test('lets go of a camera that leaves', async () => {
    await using pipe = await TrialPipe.open();
    const { connect, sink } = openSink(pipe.descriptor);
    const camera = connect('a');
    camera.send(1);
    sink.disconnected(camera.sender);
    assert.deepEqual(await readSequences(pipe, 1), [1]);
    await sink.close();
  });
});
