// The real sender but for its source: pictures that are in memory, sent over and over. Arguments: port, count, folder of JPEGs.

import process from 'node:process';
import { EveryFrameQueue } from '../../src/delivery/frame-queue.ts';
import type { CapturedFrame } from '../../src/protocol/frame.ts';
import { readJpegSize } from '../../src/protocol/jpeg/jpeg-head.ts';
import { readCaptureTime } from '../../src/system/clock.ts';
import { collectEarly } from '../../src/system/memory.ts';
import { createTcpSender } from '../../src/transport/connect/tcp-sender.ts';
import { readPictures } from './pictures.ts';

collectEarly();
const [port = '', count = '', folder = ''] = process.argv.slice(2);
const pictures = await readPictures(folder);

async function* playPictures(): AsyncGenerator<CapturedFrame, void, undefined> {
  for (let i = 0; i < Number(count); i++) {
    const jpeg = pictures[i % pictures.length] as Uint8Array;
    yield { jpeg, ...readJpegSize(jpeg), ...readCaptureTime() };
  }
}

const to = { host: '127.0.0.1', port: Number(port), name: 'bench', tls: undefined, token: new Uint8Array() };
const limits = { count: 0, maxInFlight: 2, bufferBytes: 2 ** 24, retries: 1 };
const timeouts = { connectTimeoutMs: 5000, sendTimeoutMs: 5000, idleTimeoutMs: 5000 };
const log = { info: () => undefined, warn: (line: string) => process.stderr.write(`${line}\n`) };
const sender = createTcpSender(
  { ...to, ...limits, ...timeouts, wire: 'auto', delivery: 'every' },
  new EveryFrameQueue(playPictures()),
  log,
);
await sender.run(AbortSignal.timeout(120_000));
