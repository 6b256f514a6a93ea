// The real sender but for its source: pictures that are in memory, sent over and over.
// Arguments: port, seconds, seconds from picture to picture, folder of JPEGs, wire, delivery.

import process from 'node:process';
import { EveryFrameQueue, LatestFrameQueue } from '../../../src/delivery/frame-queue.ts';
import type { CapturedFrame } from '../../../src/protocol/frame.ts';
import { readJpegSize } from '../../../src/protocol/jpeg/jpeg-head.ts';
import { pause } from '../../../src/system/abort.ts';
import { readCaptureTime } from '../../../src/system/clock.ts';
import { collectEarly } from '../../../src/system/memory.ts';
import { createTcpSender } from '../../../src/transport/connect/tcp-sender.ts';
import { readPictures } from '../loads/pictures.ts';

collectEarly();
const [port = '', seconds = '', intervalS = '', folder = '', wire = '', delivery = ''] = process.argv.slice(2);
const pictures = await readPictures(folder);
const everyMs = Number(intervalS) * 1000;

async function* playPictures(): AsyncGenerator<CapturedFrame, void, undefined> {
  const startMs = performance.now();
  const endMs = startMs + Number(seconds) * 1000;
  for (let i = 0; performance.now() < endMs; i++) {
    if (everyMs > 0) await pause(startMs + i * everyMs - performance.now(), new AbortController().signal);
    const jpeg = pictures[i % pictures.length] as Uint8Array;
    yield { jpeg, ...readJpegSize(jpeg), ...readCaptureTime() };
  }
}

const to = { host: '127.0.0.1', port: Number(port), name: 'bench', tls: undefined, token: new Uint8Array() };
const limits = { count: 0, maxInFlight: 2, bufferBytes: 2 ** 24, retries: 1 };
const timeouts = { connectTimeoutMs: 5000, sendTimeoutMs: 5000, idleTimeoutMs: 5000 };
const log = { info: () => undefined, warn: (line: string) => process.stderr.write(`${line}\n`) };
const how = { wire: wire === 'classic' || wire === '2' ? wire : 'auto' } as const;
const queue = delivery === 'latest' ? new LatestFrameQueue(playPictures()) : new EveryFrameQueue(playPictures());
const options = {
  ...to,
  ...limits,
  ...timeouts,
  ...how,
  delivery: delivery === 'latest' ? 'latest' : 'every',
} as const;
await createTcpSender(options, queue, log).run(AbortSignal.timeout((Number(seconds) + 60) * 1000));
