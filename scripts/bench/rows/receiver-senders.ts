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
import { findPage, startPackagedReceiver, timeoutMs } from '../support.ts';

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
  quantities: {
    senders: { name: 'senders', better: 'more', digits: 0 },
    lateMs: { name: 'longest delay of the process that sends, ms, with too many senders', better: 'less', digits: 0 },
  },
  contenders: {
    ours: { name: 'counting only', role: 'ours', run: (bench) => search(bench, 300, probeCounting) },
    busy: { name: 'page, recording, saving', role: 'ours', run: (bench) => search(bench, 30, probeBusy) },
  },
  figures: [
    { key: 'counting', title: 'counting only', quantity: 'senders', goal: 600 },
    { key: 'busy', title: 'with page, recording and saving', quantity: 'senders', of: 'busy', goal: 60 },
  ],
};

interface Probe {
  /** Frames that the senders or the outputs of the receiver dropped. */
  readonly dropped: number;
  /** The longest time that the process of the senders came too late: where it is long, that process may be the limit. */
  readonly lateMs: number;
}

async function search(bench: Bench, start: number, probe: (bench: Bench, senders: number) => Promise<Probe>) {
  let lateMs = 0;
  const senders = await findMost(start, limit, async (count) => {
    const found = await probe(bench, count);
    if (found.dropped > 0) lateMs = found.lateMs;
    return found.dropped === 0;
  });
  return { senders, lateMs };
}

async function probeCounting(bench: Bench, senders: number): Promise<Probe> {
  const { receiver, port } = await startPackagedReceiver(open);
  await using _receiver = receiver;
  return await send(bench, port, senders);
}

async function probeBusy(bench: Bench, senders: number): Promise<Probe> {
  using scratch = new Scratch();
  const keep = ['--record', join(scratch.path, 'videos'), '--save', join(scratch.path, 'pictures')];
  const { receiver, port } = await startPackagedReceiver([...open, '--web', '0', ...keep]);
  await using _receiver = receiver;
  const page = findPage(receiver);
  using _viewer = new StreamWatch(`${page}/stream/cam-0`);
  const { dropped, lateMs } = await send(bench, port, senders);
  const lost = sumCounts(await readCounts(page), /^image_socket_sink_dropped_frames_total/);
  return { dropped: dropped + lost, lateMs };
}

async function send(bench: Bench, port: string, senders: number): Promise<Probe> {
  const { seconds } = bench;
  const args = [crowd, port, `${senders}`, `${seconds}`, `${framesPerSecond}`, await bench.pictures(small)];
  const { stdout } = await runChild(process.execPath, args, seconds * 1000 + timeoutMs);
  return JSON.parse(stdout) as Probe;
}
