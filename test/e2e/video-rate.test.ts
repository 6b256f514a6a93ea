import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadOpenCv } from '../../src/opencv/load.ts';
import { openVideo } from '../../src/sources/video/video.ts';
import { makeRecorder } from '../sinks/record/trial-recorder.ts';
import { drawNumbers } from './record-conversions.ts';
import { listRecordings } from './record-players.ts';
import { makeFolder } from './suite.ts';

test('a video whose rate changes is played at its own times, also where it is being written', async () => {
  await using folder = await makeFolder();
  await using recorder = await makeRecorder();
  const timesMs = [0, 200, 240, 280, 320, 360, 760, 800, 840, 1040];
  const pictures = await drawNumbers(timesMs.length, folder.path);
  const worker = await recorder.open();
  const { send } = recorder.connect(worker, 'garden');
  for (const [i, jpeg] of pictures.entries()) await send(timesMs[i] ?? 0, { jpeg });
  const [path = ''] = await listRecordings(recorder.directory);
  const options = { once: true, atOwnRate: true, intervalMs: 20, size: undefined, quality: 90 };
  const video = await openVideo(loadOpenCv(), path, options);
  const playedUs: number[] = [];
  for await (const { capturedAtUs } of video.frames(new AbortController().signal)) playedUs.push(capturedAtUs);
  await worker.close();
  assert.equal(playedUs.length, timesMs.length);
  const [startUs = 0] = playedUs;
  // A machine that is busy is late, and never early.
  for (const [i, us] of playedUs.entries()) {
    const [ms, wanted] = [(us - startUs) / 1000, timesMs[i] ?? 0];
    assert.ok(ms > wanted - 5, `frame ${i} after ${ms} ms`);
  }
});
