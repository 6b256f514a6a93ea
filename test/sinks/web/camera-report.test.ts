import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { reportCamera, reportHistory } from '../../../src/sinks/web/live/camera-report.ts';
import { makeSender } from '../../support/frames.ts';
import { makeCameras } from './trial-cameras.ts';

const startUs = Date.UTC(2026, 0, 31, 12) * 1000;

/** A camera that has been here for so many seconds with ten frames in each. */
function makeCamera(seconds: number) {
  const cameras = makeCameras();
  const sender = makeSender({ name: 'garden' });
  const camera = cameras.connected(sender);
  camera.changedAtUs = startUs;
  for (let i = 0; i < seconds * 10; i++) camera.history.add(startUs + i * 100_000, i % 7 === 0 ? undefined : i / 3);
  return { cameras, camera, sender, nowUs: startUs + seconds * 1e6 };
}

describe('reportCamera', () => {
  test('takes the rate of whole seconds in which the camera was here', () => {
    for (const seconds of [1, 3, 30]) {
      const { camera, nowUs } = makeCamera(seconds);
      // In the second that is not over there are none yet.
      assert.equal(reportCamera(camera, undefined, nowUs + 300_000).fps, 10);
    }
    const { camera } = makeCamera(1);
    assert.equal(reportCamera(camera, undefined, startUs + 900_000).fps, 0);
    assert.equal(reportCamera(camera, undefined, startUs + 4e6).fps, 2.5);
  });

  test('says of one that is offline since when, and what was known of its clock', () => {
    const { cameras, camera, sender, nowUs } = makeCamera(3);
    assert.deepEqual([reportCamera(camera, undefined, nowUs).online, camera.isOnline], [true, true]);
    camera.latency.add(5);
    cameras.disconnected(sender, 'IDLE');
    camera.changedAtUs = nowUs;
    const { online, since, fps, latencyMs, clocksCompared } = reportCamera(camera, undefined, nowUs + 1e6);
    assert.deepEqual(
      { online, since, fps, latencyMs, clocksCompared },
      {
        ...{ online: false, since: '2026-01-31T12:00:03.000Z', fps: 0, latencyMs: null, clocksCompared: true },
      },
    );
  });

  test('counts connections after the first as reconnects', () => {
    const { cameras, camera, sender, nowUs } = makeCamera(1);
    cameras.disconnected(sender, undefined);
    cameras.connected(makeSender({ name: 'garden' }));
    assert.equal(reportCamera(camera, undefined, nowUs).reconnects, 1);
  });
});

test('reportHistory gives the seconds from one on, with the latest frame of each', () => {
  const { camera, nowUs } = makeCamera(200);
  const all = reportHistory(camera, 0, nowUs);
  assert.ok(all.length <= 120);
  const last = startUs / 1e6 + 199;
  assert.deepEqual(reportHistory(camera, last - 1, nowUs), [
    [last - 1, 10, Math.round(19_890 / 3) / 10],
    [last, 10, Math.round(19_990 / 3) / 10],
  ]);
});
