import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Camera } from '../../../src/frames/camera.ts';
import { TurnLimiter } from '../../../src/sinks/detect/turn-limiter.ts';
import { WaitingFrames } from '../../../src/sinks/detect/waiting-frames.ts';
import { makeReceived } from '../../support/frames.ts';

const [a, b, c] = ['a', 'b', 'c'].map((key) => new Camera(key, key, 0)) as [Camera, Camera, Camera];
const frame = (sequence: number, bytes = 1) => makeReceived({ sequence, jpeg: new Uint8Array(bytes) });

describe('frames that wait for a detector', () => {
  test('are the newest of each camera, which keeps its turn', () => {
    const waiting = new WaitingFrames(100);
    waiting.put({ camera: a, frame: frame(1) });
    waiting.put({ camera: b, frame: frame(1) });
    assert.deepEqual(waiting.put({ camera: a, frame: frame(2) }), [a]);
    assert.deepEqual([waiting.length, waiting.bytes], [2, 2]);
    const next = waiting.next();
    assert.deepEqual([next?.camera, next?.frame.sequence], [a, 2]);
    waiting.put({ camera: a, frame: frame(3) });
    assert.deepEqual([waiting.next()?.camera, waiting.next()?.camera, waiting.next()], [b, a, undefined]);
  });

  test('give each camera as many turns, however many frames it brings', () => {
    const waiting = new WaitingFrames(100);
    const turns: Camera[] = [];
    for (let i = 0; i < 30; i++) {
      for (let j = 0; j < 10; j++) waiting.put({ camera: a, frame: frame(i * 10 + j) });
      for (const camera of [b, c]) waiting.put({ camera, frame: frame(i) });
      turns.push(waiting.next()?.camera as Camera);
    }
    for (const camera of [a, b, c]) assert.equal(turns.filter((turn) => turn === camera).length, 10);
  });

  test('are dropped from the last turn on when they are too large', () => {
    const waiting = new WaitingFrames(100);
    waiting.put({ camera: a, frame: frame(1, 60) });
    waiting.put({ camera: b, frame: frame(1, 30) });
    assert.deepEqual(waiting.put({ camera: c, frame: frame(1, 60) }), [c]);
    assert.deepEqual(waiting.put({ camera: a, frame: frame(2, 500) }), [a, b]);
    assert.deepEqual([waiting.length, waiting.bytes], [1, 500]);
    assert.deepEqual(waiting.clear(), [a]);
    assert.equal(waiting.bytes, 0);
  });
});

describe('a limit of turns in a second', () => {
  test('lets a camera have as many, and no more', () => {
    let nowMs = 0;
    const limiter = new TurnLimiter(5, () => nowMs);
    let turns = 0;
    for (; nowMs < 10_000; nowMs += 1000 / 15) {
      if (!limiter.isDue(a)) continue;
      limiter.begin(a);
      turns++;
    }
    assert.ok(turns >= 48 && turns <= 51, `${turns}`);
  });

  test('makes no turn up that was missed', () => {
    let nowMs = 0;
    const limiter = new TurnLimiter(1, () => nowMs);
    limiter.begin(a);
    nowMs = 60_000;
    limiter.begin(a);
    nowMs += 10;
    assert.equal(limiter.isDue(a), false);
    assert.equal(limiter.isDue(b), true);
  });

  test('is none when there is no limit', () => {
    const limiter = new TurnLimiter(undefined);
    limiter.begin(a);
    assert.equal(limiter.isDue(a), true);
  });
});
