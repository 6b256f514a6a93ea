import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Camera } from '../../../src/frames/camera.ts';
import { CameraRegistry } from '../../../src/frames/camera-registry.ts';
import type { Entry } from '../../../src/sinks/queue/camera-queue.ts';
import { FrameQueues } from '../../../src/sinks/queue/frame-queues.ts';
import { makeReceived, makeSender } from '../../support/frames.ts';

function open(limits = { maxFrames: 3, maxBytes: 1000 }) {
  const cameras = new CameraRegistry();
  const room = new FrameQueues(limits);
  const queueOf = (name: string) => room.queueOf(cameras.connected(makeSender({ name })));
  return { room, queueOf, cameras };
}

function entry(sequence: number, bytes: number, settle?: Entry['settle']): Entry {
  const frame = makeReceived({ sequence, jpeg: new Uint8Array(bytes) });
  return { frame, camera: new Camera('any', 'any', 0), settle };
}

describe('FrameQueues', () => {
  test('leaves out the oldest frame of a camera when more of it wait than may', () => {
    const { room, queueOf } = open();
    const queue = queueOf('a');
    for (const sequence of [1, 2, 3]) assert.deepEqual(room.add(queue, entry(sequence, 1)), []);
    assert.equal(room.isFull(queue), true);
    assert.deepEqual(room.add(queue, entry(4, 1)), [{ camera: queue.camera, limit: '3 of a' }]);
    assert.deepEqual([room.frames, room.bytes], [3, 3]);
    const next = queue.next();
    assert.ok(next !== undefined && next !== 'end');
    assert.equal(next.frame.sequence, 2);
  });

  test('drops as many frames of the camera with the most bytes as needed when all have too many', () => {
    const { room, queueOf } = open({ maxFrames: 3, maxBytes: 1e6 });
    const [large, small] = [queueOf('large'), queueOf('small')];
    for (const sequence of [1, 2]) room.add(large, entry(sequence, 400_000));
    const limit = { camera: large.camera, limit: '1.0 MB' };
    assert.deepEqual(room.add(small, entry(1, 300_000)), [limit]);
    assert.deepEqual(room.add(small, entry(2, 300_000)), []);
    assert.deepEqual([room.frames, room.bytes], [3, 1_000_000]);
  });

  test('is not full for a camera with little because of what waits of another', () => {
    const { room, queueOf } = open();
    const [large, small] = [queueOf('large'), queueOf('small')];
    room.add(large, entry(1, 1000));
    assert.deepEqual([room.isFull(large), room.isFull(small)], [true, false]);
    assert.deepEqual(room.add(small, entry(1, 10)), [{ camera: large.camera, limit: '1.0 kB' }]);
  });

  test('leaves out no frame whose sender waits, nor any for it', () => {
    const { room, queueOf } = open();
    const queue = queueOf('a');
    const settle = () => undefined;
    for (const sequence of [1, 2, 3, 4]) assert.deepEqual(room.add(queue, entry(sequence, 400, settle)), []);
    assert.equal(room.isFull(queue), true);
    assert.deepEqual(room.add(queue, entry(5, 1)), [{ camera: queue.camera, limit: '1.0 kB' }]);
    assert.deepEqual([room.frames, room.bytes], [4, 1600]);
  });

  test('keeps a queue for each camera, and no more queues than it may', () => {
    const { room, queueOf, cameras } = open();
    assert.equal(queueOf('a'), queueOf('a'));
    for (let i = 1; i < 5000; i++) queueOf(`c${i}`);
    const another = cameras.connected(makeSender({ name: 'another' }));
    assert.equal(room.admits(another), false);
    const known = queueOf('a');
    assert.equal(room.admits(known.camera), true);
    room.close(known);
    assert.equal(room.admits(another), true);
  });
});
