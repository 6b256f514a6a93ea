import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { installPackages } from '../../../scripts/debian/install.ts';
import { CameraRegistry } from '../../../src/frames/camera-registry.ts';
import type { FrameResult } from '../../../src/frames/results/frame-result.ts';
import { ResultHub } from '../../../src/frames/results/result-hub.ts';
import { DetectSink } from '../../../src/sinks/detect/detect-sink.ts';
import { runChild } from '../../support/child.ts';
import { makeReceived, makeSender } from '../../support/frames.ts';
import { PYTHON } from '../../support/python.ts';
import { scaleMs } from '../../support/speed.ts';
import { TrialLog } from '../../support/trial-log.ts';
import { until } from '../../support/until.ts';

const python = fileURLToPath(new URL('../../support/python/', import.meta.url));
const soonMs = scaleMs(60_000);

/** The results of a detector of the page for some pictures, one after another. */
async function detect(script: string, jpegs: readonly Uint8Array[], size: { width: number; height: number }) {
  const cameras = new CameraRegistry();
  const hub = new ResultHub();
  const results: FrameResult[] = [];
  hub.onResult((result) => results.push(result));
  const log = new TrialLog();
  const settings = { cameras: [], maxFps: undefined, workers: 1, ahead: 1, timeoutMs: soonMs };
  const command = { path: PYTHON, args: ['-B', `${python}${script}`] };
  const sink = new DetectSink(cameras, { command, ...settings }, hub, log);
  sink.start();
  const connection = makeSender({ name: 'porch' });
  cameras.connected(connection);
  for (const [i, jpeg] of jpegs.entries()) {
    sink.write(makeReceived({ connection, jpeg, sequence: i + 1, ...size }));
    await until(() => results.length > i, undefined, soonMs);
  }
  await sink.close();
  assert.deepEqual(log.lines, []);
  return results.map(({ detections }) => detections);
}

describe('the detectors of the page', () => {
  let folder: string;
  before(async () => {
    await installPackages(['python3', 'python3-opencv'], 'the detectors of the page');
    folder = await mkdtemp(join(tmpdir(), 'people-'));
    await runChild(PYTHON, ['-B', `${python}detector_pictures.py`, folder], soonMs);
  });
  after(() => rm(folder, { recursive: true }));
  const read = (count: number) => readFile(join(folder, `people-${count}.jpg`));

  test('people.py finds each person, with the box where it stands, and nobody in a damaged picture', async () => {
    const size = { width: 480, height: 315 };
    const jpegs = [await read(0), await read(1), new Uint8Array(100), await read(2)];
    const found = await detect('people.py', jpegs, size);
    assert.deepEqual(
      found.map((one) => one.length),
      [0, 1, 0, 2],
    );
    for (const { label, confidence, box } of found.flat()) {
      assert.equal(label, 'person');
      assert.ok(confidence > 0 && confidence <= 1);
      assert.ok(box[3] - box[1] > box[2] - box[0]);
    }
  });

  test('motion.py finds the place where a picture has changed', async () => {
    const size = { width: 480, height: 315 };
    const jpegs = [await read(0), await read(0), await read(1), await read(1)];
    const [first, same, changed, again] = await detect('motion.py', jpegs, size);
    assert.deepEqual([first, same, again], [[], [], []]);
    assert.ok((changed?.length ?? 0) > 0);
    assert.ok(changed?.every(({ label }) => label === 'motion'));
  });
});
