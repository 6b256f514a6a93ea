// A thread that has frames of 16 kB, and hands each to the main thread, which answers it: as threads would that read the
// connections of a receiver. Its first half makes the frames and hands none over.
// Arguments: frames per second, seconds of each half. Prints the difference as a line of JSON, in ms a frame.

import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { readCpuSeconds } from '../loads/cpu.ts';

const frameBytes = 16_000;
const warmUpMs = 1000;

interface Work {
  readonly framesPerSecond: number;
  /** Shared: 1 while frames are handed over. */
  readonly isOn: Int32Array;
}

/** Makes frames at that rate for ever. */
async function makeFrames({ framesPerSecond, isOn }: Work): Promise<void> {
  const source = new Uint8Array(frameBytes).fill(1);
  const startMs = performance.now();
  for (let sequence = 0; ; await delay(1)) {
    const due = ((performance.now() - startMs) / 1000) * framesPerSecond;
    for (; sequence < due; sequence++) {
      const jpeg = source.slice();
      const frame = { sequence, capturedAtUs: Date.now() * 1000, width: 480, height: 315, jpeg };
      if (Atomics.load(isOn, 0) === 1) parentPort?.postMessage(frame, [jpeg.buffer]);
    }
  }
}

async function measureHalf(seconds: number): Promise<{ main: number; all: number }> {
  const read = async () => ({
    main: await readCpuSeconds({ pid: process.pid, isMainOnly: true }),
    all: await readCpuSeconds({ pid: process.pid }),
  });
  await delay(warmUpMs);
  const before = await read();
  await delay(seconds * 1000);
  const after = await read();
  return { main: after.main - before.main, all: after.all - before.all };
}

if (isMainThread) {
  const [framesPerSecond = 0, seconds = 0] = process.argv.slice(2).map(Number);
  const isOn = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(import.meta.filename, { workerData: { framesPerSecond, isOn } });
  worker.on('message', ({ sequence }) => worker.postMessage({ sequence }));
  const without = await measureHalf(seconds);
  Atomics.store(isOn, 0, 1);
  const [{ main, all }, frames] = [await measureHalf(seconds), framesPerSecond * seconds];
  const cost = (more: number, less: number) => ((more - less) * 1000) / frames;
  process.stdout.write(`${JSON.stringify({ main: cost(main, without.main), all: cost(all, without.all) })}\n`);
  await worker.terminate();
} else {
  // It reads the answers, as a thread would that passes them on.
  parentPort?.on('message', () => undefined);
  await makeFrames(workerData as Work);
}
