import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Camera } from '../../../src/frames/camera.ts';
import { CameraResults } from '../../../src/frames/results/camera-results.ts';
import type { FrameResult } from '../../../src/frames/results/frame-result.ts';
import { makeReceived } from '../../support/frames.ts';

const [a, b] = ['a', 'b'].map((key) => new Camera(key, key, 0)) as [Camera, Camera];

function makeResult(camera: Camera, over: Partial<FrameResult> = {}): FrameResult {
  const { jpeg: _, ...frame } = makeReceived({ capturedAtUs: 0, receivedAtUs: 5000 });
  return { camera, frame, detectUs: 20_000, answeredAtUs: 30_000, detections: [], omitted: 0, extra: {}, ...over };
}

describe('the results of cameras', () => {
  test('have a rate over the last five seconds', () => {
    let nowMs = 0;
    const results = new CameraResults(() => nowMs);
    assert.equal(results.rate(a), 0);
    for (; nowMs < 20_000; nowMs += 100) results.add(makeResult(a));
    assert.ok(Math.abs(results.rate(a) - 10) < 0.5);
    assert.equal(results.rate(b), 0);
    nowMs += 6000;
    assert.equal(results.rate(a), 0);
  });

  test('have the time in the detector, and the age from the capture on', () => {
    const results = new CameraResults();
    assert.deepEqual([results.last(a), results.figures(a)], [undefined, undefined]);
    const last = makeResult(a);
    results.add(makeResult(a));
    results.add(last);
    assert.equal(results.last(a), last);
    const { detection, age } = results.figures(a) ?? {};
    assert.deepEqual([detection?.count, detection?.sumMs, age?.sumMs], [2, 40, 60]);
  });

  test('have no age when the capture time is not known, and none below zero', () => {
    const results = new CameraResults();
    const { jpeg: _, ...frame } = makeReceived({ receivedAtUs: 5000 });
    results.add(makeResult(a, { frame: { ...frame, capturedAtUs: undefined } }));
    assert.equal(results.figures(a)?.age.count, 0);
    results.add(makeResult(a, { frame: { ...frame, capturedAtUs: 1e9 } }));
    assert.deepEqual([results.figures(a)?.age.count, results.figures(a)?.age.sumMs], [1, 0]);
  });
});
