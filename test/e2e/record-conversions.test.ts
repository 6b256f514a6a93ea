import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { encodeFrameHead } from '../../src/matroska/header.ts';
import { makeRecorder } from '../sinks/record/trial-recorder.ts';
import { convert, drawNumbers } from './record-conversions.ts';
import { listRecordings, readRate } from './record-players.ts';
import { makeFolder } from './suite.ts';

/** A camera with that rate for so many frames; it is never quite on time. */
interface RatePeriod {
  readonly fps: number;
  readonly frames: number;
}

/** Milliseconds of each frame after the first one. */
function makeTimes(periods: readonly RatePeriod[]): number[] {
  const times: number[] = [];
  let beginMs = 0;
  for (const { fps, frames } of periods) {
    for (let i = 0; i < frames; i++) times.push(beginMs + ((i + 0.3 * Math.sin(i * 7)) * 1000) / fps);
    beginMs += (frames * 1000) / fps;
  }
  return times;
}

const cameras: Record<string, { readonly periods: readonly RatePeriod[]; readonly fps: number }> = {
  'of 25 frames a second': { periods: [{ fps: 25, frames: 40 }], fps: 25 },
  'of 10 frames a second': { periods: [{ fps: 10, frames: 20 }], fps: 10 },
  'of 5 frames a second': { periods: [{ fps: 5, frames: 12 }], fps: 5 },
  'with a rate that rises and falls': {
    periods: [
      { fps: 5, frames: 6 },
      { fps: 25, frames: 20 },
      { fps: 10, frames: 8 },
    ],
    fps: 25,
  },
};

describe('a recording is converted by ffmpeg with all its frames, and lasts as long as the camera did', () => {
  for (const [name, { periods, fps }] of Object.entries(cameras)) {
    test(`${name}: complete, while it is written, and torn`, async () => {
      await using folder = await makeFolder();
      await using recorder = await makeRecorder();
      const times = makeTimes(periods);
      const pictures = await drawNumbers(times.length, folder.path);
      const last = times.at(-1) ?? 0;
      const lastFrameMs = Math.max(last / (times.length - 1), last - (times.at(-2) ?? 0));
      const worker = await recorder.open();
      const { send } = recorder.connect(worker, 'garden');
      for (const [i, jpeg] of pictures.entries()) await send(times[i] ?? 0, { jpeg });
      const [complete = ''] = await listRecordings(recorder.directory);
      const [written, torn] = [join(folder.path, 'written.mkv'), join(folder.path, 'torn.mkv')];
      await copyFile(complete, written);
      const jpeg = pictures[0] ?? new Uint8Array();
      const beginning = [encodeFrameHead(Math.round((last + lastFrameMs) * 1000), jpeg.length), jpeg.subarray(0, 300)];
      await writeFile(torn, Buffer.concat([await readFile(written), ...beginning]));
      await worker.close();
      for (const path of [complete, written, torn]) {
        const rate = await readRate(path);
        assert.ok(Math.abs(rate / fps - 1) < 0.1, `${path}: ${rate} frames a second`);
        for (const { kind, numbers, seconds } of await convert(path, folder.path)) {
          assert.deepEqual([...new Set(numbers)], [...times.keys()], `${path} as ${kind}`);
          const offMs = Math.abs(seconds * 1000 - last - lastFrameMs);
          assert.ok(offMs <= lastFrameMs + 20, `${path} as ${kind}: ${seconds} s, the camera ${last} ms`);
        }
      }
    });
  }
});
