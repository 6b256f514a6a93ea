import { join } from 'node:path';
import { Scratch } from '../../cli/scratch.ts';
import type { Bench } from '../context.ts';
import { type CrowdResult, crowdOptions, maxCrowd, playCrowd, watchFirst } from '../loads/crowd.ts';
import { findMost } from '../loads/find-most.ts';
import { readCounts, sumCounts } from '../loads/metrics.ts';
import type { Row } from '../row.ts';
import { findPage, startPackagedReceiver } from '../support.ts';

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

type Probe = (bench: Bench, senders: number) => Promise<CrowdResult>;

async function search(bench: Bench, start: number, probe: Probe) {
  let lateMs = 0;
  const senders = await findMost(start, maxCrowd, async (count) => {
    const found = await probe(bench, count);
    if (found.dropped > 0) lateMs = found.lateMs;
    return found.dropped === 0;
  });
  return { senders, lateMs };
}

async function probeCounting(bench: Bench, senders: number): Promise<CrowdResult> {
  const { receiver, port } = await startPackagedReceiver(crowdOptions);
  await using _receiver = receiver;
  return await playCrowd(bench, port, senders, bench.seconds);
}

/** Frames that an output dropped count, too. */
async function probeBusy(bench: Bench, senders: number): Promise<CrowdResult> {
  using scratch = new Scratch();
  const keep = ['--record', join(scratch.path, 'videos'), '--save', join(scratch.path, 'pictures')];
  const { receiver, port } = await startPackagedReceiver([...crowdOptions, '--web', '0', ...keep]);
  await using _receiver = receiver;
  const playing = playCrowd(bench, port, senders, bench.seconds);
  const page = findPage(receiver);
  using _viewer = await watchFirst(page);
  const { dropped, lateMs } = await playing;
  const lost = sumCounts(await readCounts(page), /^image_socket_sink_dropped_frames_total/);
  return { dropped: dropped + lost, lateMs };
}
