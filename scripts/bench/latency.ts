import { LatestFrameQueue } from '../../src/delivery/frame-queue.ts';
import type { CapturedFrame } from '../../src/protocol/frame.ts';
import { readJpegSize } from '../../src/protocol/jpeg/jpeg-head.ts';
import { pause } from '../../src/system/abort.ts';
import { readCaptureTime } from '../../src/system/clock.ts';
import { createTcpSender } from '../../src/transport/connect/tcp-sender.ts';
import { FaultProxy } from '../../test/support/fault-proxy.ts';
import type { JsonFrame } from '../../test/support/programs.ts';
import { readPictures, withPictures } from './pictures.ts';
import { percentile, say, startPackagedReceiver, timeoutMs, toMs } from './support.ts';

const rounds = 5;
const framesPerRound = 300;
/** Until the programs are warm and the clocks compared. */
const warmUpFrames = 60;
const intervalMs = 1000 / 30;
/** As the packaged sender makes them by default. */
const quality = 90;
const wires = ['classic', '2'] as const;

type Wire = (typeof wires)[number];

/** Prints the time that each wire adds between a ready picture and its reception, and the bytes that it sends for it. */
export async function compareWires(): Promise<void> {
  await withPictures({ quality, size: 'source' }, async (folder) => compareWith(await readPictures(folder)));
}

async function compareWith(pictures: readonly Uint8Array[]): Promise<void> {
  const meanBytes = pictures.reduce((sum, jpeg) => sum + jpeg.length, 0) / pictures.length;
  say(
    `720p JPEGs of ${(meanBytes / 1000).toFixed(0)} kB at 30 a second over loopback, by turns: from ready to received`,
  );
  const found: Record<Wire, number[]> = { classic: [], '2': [] };
  const wireBytes: Record<Wire, number> = { classic: 0, '2': 0 };
  for (let round = 1; round <= rounds; round++) {
    for (const wire of wires) {
      found[wire].push(...(await measureLatency(pictures, wire)));
      wireBytes[wire] = await measureBytes(pictures, wire);
    }
  }
  for (const wire of wires) {
    const [p50, p99] = [0.5, 0.99].map((share) => percentile(found[wire], share).toFixed(2));
    const overhead = ((wireBytes[wire] / meanBytes - 1) * 100).toFixed(2);
    const frames = `${found[wire].length} frames`;
    say(
      `  wire ${wire}: p50 ${p50} ms, p99 ${p99} ms (${frames}); ${wireBytes[wire].toFixed(0)} bytes a frame, ${overhead} % over the JPEG`,
    );
  }
}

/** Milliseconds a frame, by the one clock that both ends have here. */
async function measureLatency(pictures: readonly Uint8Array[], wire: Wire): Promise<number[]> {
  const { receiver, port } = await startPackagedReceiver(['--json']);
  await sendPictures(pictures, wire, Number(port), framesPerRound + warmUpFrames, intervalMs);
  await receiver.waitForLine('stderr', /left after/, timeoutMs);
  await receiver.stop();
  const frames = receiver.lines('stdout').map((line) => JSON.parse(line) as JsonFrame);
  return frames.slice(warmUpFrames).map(({ capturedAt, receivedAt }) => toMs(receivedAt) - toMs(capturedAt));
}

/** Bytes from the sender for each frame, all that belongs to it included. */
async function measureBytes(pictures: readonly Uint8Array[], wire: Wire): Promise<number> {
  const { receiver, port } = await startPackagedReceiver(['--quiet']);
  await using proxy = await FaultProxy.open(Number(port));
  await sendPictures(pictures, wire, proxy.port, pictures.length, 5);
  await receiver.stop();
  return proxy.bytes.up / pictures.length;
}

async function sendPictures(
  pictures: readonly Uint8Array[],
  wire: Wire,
  port: number,
  count: number,
  everyMs: number,
): Promise<void> {
  const options = {
    host: '127.0.0.1',
    port,
    name: 'bench',
    wire,
    delivery: 'latest',
    token: new Uint8Array(),
  } as const;
  const limits = { count, maxInFlight: 2, bufferBytes: 2 ** 24, retries: 1, tls: undefined };
  const timeouts = { connectTimeoutMs: 5000, sendTimeoutMs: 5000, idleTimeoutMs: 5000 };
  const stop = new AbortController();
  const feed = new LatestFrameQueue(playPictures(pictures, everyMs, stop.signal));
  const log = { info: () => undefined, warn: say };
  await createTcpSender({ ...options, ...limits, ...timeouts }, feed, log).run(AbortSignal.timeout(timeoutMs));
  stop.abort();
  await feed.closed();
}

async function* playPictures(
  pictures: readonly Uint8Array[],
  everyMs: number,
  signal: AbortSignal,
): AsyncGenerator<CapturedFrame, void, undefined> {
  const startMs = performance.now();
  for (let i = 0; !signal.aborted; i++) {
    await pause(startMs + i * everyMs - performance.now(), signal);
    const jpeg = pictures[i % pictures.length] as Uint8Array;
    yield { jpeg, ...readJpegSize(jpeg), ...readCaptureTime() };
  }
}
