import { join } from 'node:path';
import process from 'node:process';
import { Child } from '../../../test/support/child.ts';
import type { JsonFrame } from '../../../test/support/programs.ts';
import type { Bench } from '../context.ts';
import { startMemorySender } from '../loads/ours.ts';
import { type Load, limitMs } from '../loads/pair.ts';
import { type PictureKind, small } from '../loads/pictures.ts';
import { percentile } from '../ratios.ts';
import type { Row } from '../row.ts';
import { startPackagedReceiver, timeoutMs, toMs } from '../support.ts';
import { longest, p50, p99 } from './quantities.ts';

/** 720p at the default quality of the sender: about 68 kB. */
export const pictureKind: PictureKind = { ...small, size: 'source' };
const framesPerSecond = 30;
/** Until the programs are warm and the clocks compared. */
const warmUpFrames = 60;
const warmUpS = warmUpFrames / framesPerSecond;
const bareSockets = join(import.meta.dirname, '../peers/bare-sockets.ts');

export const latency: Row = {
  name: 'latency',
  title: 'Latency on loopback, 30 frames a second of 720p',
  about:
    'From a picture that is ready in memory to its last byte at the receiver, both by the one clock of the machine, after two seconds of warm-up. Our sender runs from source with *latest*, and the packaged receiver has --json. The bare sockets are two programs of Node that send the same JPEGs with 16 bytes before each.',
  seconds: 120,
  quantities: { p50, p99, longest },
  contenders: {
    ours: { name: 'image-socket, wire 2', role: 'ours', run: (bench) => measureOurs(bench, '2') },
    bare: { name: 'bare sockets of Node', role: 'limit', run: measureBare },
  },
  figures: [
    { key: 'p50', title: 'p50 against bare sockets', quantity: 'p50', against: 'bare', goal: 1.3 },
    { key: 'p99', title: 'p99 against bare sockets', quantity: 'p99', against: 'bare', goal: 2 },
    {
      key: 'longest',
      title: 'longest of a round, against the p50 of bare sockets',
      quantity: 'longest',
      against: 'bare',
      againstQuantity: 'p50',
      goal: 10,
    },
    {
      key: 'bare-longest',
      title: 'longest of bare sockets, against their own p50',
      quantity: 'longest',
      of: 'bare',
      against: 'bare',
      againstQuantity: 'p50',
    },
  ],
};

/** Milliseconds from a ready picture to its reception, by the one clock that both ends have here. */
export async function measureOurs(bench: Bench, wire: string) {
  const { receiver, port } = await startPackagedReceiver(['--json']);
  await using _receiver = receiver;
  const load = await cameraLoad(bench);
  await using _sender = startMemorySender(load, { port, wire, delivery: 'latest' });
  await receiver.waitForLine('stderr', /left after/, limitMs(load));
  const frames = receiver.lines('stdout').map((line) => JSON.parse(line) as JsonFrame);
  return summarizeLatencies(frames.map(({ capturedAt, receivedAt }) => toMs(receivedAt) - toMs(capturedAt)));
}

async function measureBare(bench: Bench) {
  const load = await cameraLoad(bench);
  await using receiver = new Child(process.execPath, [bareSockets, 'receive']);
  const [, port = ''] = await receiver.waitForLine('stdout', /^listening (\d+)$/, timeoutMs);
  const args = ['send', port, `${load.seconds}`, `${load.intervalS}`, load.source];
  await using _sender = new Child(process.execPath, [bareSockets, ...args]);
  await receiver.wait(limitMs(load));
  return summarizeLatencies(receiver.lines('stdout').slice(1).map(Number));
}

function summarizeLatencies(latenciesMs: readonly number[]) {
  const warm = latenciesMs.slice(warmUpFrames);
  return { p50: percentile(warm, 0.5), p99: percentile(warm, 0.99), longest: Math.max(...warm) };
}

async function cameraLoad(bench: Bench): Promise<Load> {
  const source = await bench.pictures(pictureKind);
  return { source, seconds: warmUpS + bench.seconds, intervalS: 1 / framesPerSecond };
}
