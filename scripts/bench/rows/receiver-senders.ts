import { join } from 'node:path';
import process from 'node:process';
import { runChild } from '../../../test/support/child.ts';
import type { Bench } from '../context.ts';
import { findMost } from '../loads/find-most.ts';
import { readCounts, sumCounts } from '../loads/metrics.ts';
import { small } from '../loads/pictures.ts';
import { StreamWatch } from '../loads/stream-watch.ts';
import type { Row } from '../row.ts';
import { Scratch } from '../scratch.ts';
import { startPackagedReceiver, timeoutMs } from '../support.ts';

const framesPerSecond = 30;
const limit = 5000;
const crowd = join(import.meta.dirname, '../peers/crowd.ts');
const open = ['--max-senders', `${limit}`, '--max-per-address', `${limit}`, '--quiet', '--port', '0'];

export const receiverSenders: Row = {
  name: 'receiver-senders',
  title: 'One receiver, *latest*: senders at 30 a second of 480x315 before the first dropped frame',
  about:
    'One process plays many senders, each with JPEGs of about 16 kB in memory. Their number is searched, within five percent, at which no frame is dropped, neither by a sender nor by an output of the receiver, for some seconds. The receiver counts only (--quiet); or it has a page with one viewer of one camera, records and saves all cameras. The senders need a part of the cores.',
  seconds: 3,
  quantities: { senders: { name: 'senders', better: 'more', digits: 0 } },
  contenders: {
    ours: { name: 'counting only', role: 'ours', run: (bench) => search(bench, 300, probeCounting) },
    busy: { name: 'page, recording, saving', role: 'ours', run: (bench) => search(bench, 30, probeBusy) },
  },
  figures: [
    { key: 'counting', title: 'counting only', quantity: 'senders', goal: 600 },
    { key: 'busy', title: 'with page, recording and saving', quantity: 'senders', of: 'busy', goal: 60 },
  ],
};

async function search(bench: Bench, start: number, probe: (bench: Bench, senders: number) => Promise<boolean>) {
  return { senders: await findMost(start, limit, (senders) => probe(bench, senders)) };
}

async function probeCounting(bench: Bench, senders: number): Promise<boolean> {
  const { receiver, port } = await startPackagedReceiver(open);
  await using _receiver = receiver;
  return (await countDropped(bench, port, senders)) === 0;
}

async function probeBusy(bench: Bench, senders: number): Promise<boolean> {
  using scratch = new Scratch();
  const keep = ['--record', join(scratch.path, 'videos'), '--save', join(scratch.path, 'pictures')];
  const { receiver, port } = await startPackagedReceiver([...open, '--web', '0', ...keep]);
  await using _receiver = receiver;
  const page = /the page is at (http:\S+)\//.exec(receiver.lines('stderr').join('\n'))?.[1] ?? '';
  using _viewer = new StreamWatch(`${page}/stream/cam-0`);
  if ((await countDropped(bench, port, senders)) > 0) return false;
  return sumCounts(await readCounts(page), /^image_socket_sink_dropped_frames_total/) === 0;
}

/** Frames that the senders dropped. */
async function countDropped(bench: Bench, port: string, senders: number): Promise<number> {
  const { seconds } = bench;
  const args = [crowd, port, `${senders}`, `${seconds}`, `${framesPerSecond}`, await bench.pictures(small)];
  const { stdout } = await runChild(process.execPath, args, seconds * 1000 + timeoutMs);
  return (JSON.parse(stdout) as { dropped: number }).dropped;
}
