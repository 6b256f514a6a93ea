// The work of both programs on a video without a network, in one process for each core: the limit for the rows of video.
// Arguments: file, seconds. Prints the frames per second of all processes together.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import process from 'node:process';
import { decodeJpeg } from '../../../src/opencv/jpeg.ts';
import { loadOpenCv } from '../../../src/opencv/load.ts';
import { openVideo } from '../../../src/sources/video/video.ts';

const [file = '', seconds = '', role = ''] = process.argv.slice(2);
if (role === 'worker') await work();
else await lead();

async function lead(): Promise<void> {
  const workers = Array.from({ length: availableParallelism() }, () =>
    fork(import.meta.filename, [file, seconds, 'worker']),
  );
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  const rates = workers.map(async (worker) => ((await once(worker, 'message')) as [number])[0]);
  for (const worker of workers) worker.send('go');
  process.stdout.write(`${(await Promise.all(rates)).reduce((sum, rate) => sum + rate, 0)}\n`);
}

async function work(): Promise<void> {
  // If the bench is stopped, so is this.
  process.once('disconnect', () => process.exit(1));
  const cv = loadOpenCv();
  const stop = new AbortController();
  const picture = { size: { width: 480, height: 315 }, quality: 90, intervalMs: 0 };
  const video = await openVideo(cv, file, { ...picture, once: false, atOwnRate: false });
  let [frames, startMs] = [0, 0];
  for await (const { jpeg } of video.frames(stop.signal)) {
    (await decodeJpeg(cv, jpeg)).release();
    if (startMs === 0) {
      process.send?.('ready');
      await once(process, 'message');
      startMs = performance.now();
      continue;
    }
    frames++;
    if (performance.now() - startMs >= Number(seconds) * 1000) break;
  }
  const rate = (frames * 1000) / (performance.now() - startMs);
  stop.abort();
  process.send?.(rate, () => process.exit(0));
}
