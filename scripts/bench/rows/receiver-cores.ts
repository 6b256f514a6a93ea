import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { type Child, runChild } from '../../../test/support/child.ts';
import { Scratch } from '../../cli/scratch.ts';
import type { Bench } from '../context.ts';
import { countByClock, lastingSeconds, measureCpu, type Watched } from '../loads/cpu.ts';
import { type CrowdResult, crowdOptions, crowdRate, playCrowd, watchFirst } from '../loads/crowd.ts';
import type { Contender, Figure, Row, Values } from '../row.ts';
import { findPage, startPackagedReceiver, timeoutMs } from '../support.ts';

/** Of each receiver. */
const senders = 8;
/** Of the frames that the senders had, and of those that an output got: with more the machine was too busy. */
const maxDroppedShare = { bySenders: 0.1, byOutputs: 0.02 };
/**
 * Files in memory cost the same in each round. ext4 does not use an inode again for a minute, and
 * looks at all those that the round before has left.
 */
const memoryFolder = '/dev/shm';
const handOver = join(import.meta.dirname, '../peers/hand-over.ts');

/** The options of a receiver that has this folder for itself. */
type Outputs = (folder: string) => readonly string[];

const page: Outputs = () => ['--web', '0'];
const record: Outputs = (folder) => ['--record', join(folder, 'videos')];
const save: Outputs = (folder) => ['--save', join(folder, 'pictures')];
const busy: Outputs = (folder) => [...page(folder), ...record(folder), ...save(folder)];

export const receiverCores: Row = {
  name: 'receiver-cores',
  title: 'CPU of a receiver, eight cameras at 30 a second of 480x315',
  about:
    'One process plays eight senders of *latest* for each receiver, with JPEGs of about 16 kB in memory. The kernel counts the time of the main thread of the packaged receiver, and of all its threads, after a warm-up. A page has one viewer of one camera. Recordings and pictures are files in memory. Two receivers on two ports have eight senders each: a frame should cost them as much as it costs one. The last contender shows the cost of handing a frame over: a second thread of a program hands as many frames to its main thread, which answers each.',
  seconds: 5,
  quantities: {
    main: { name: 'CPU of the main thread, ms a frame', better: 'less', digits: 3 },
    all: { name: 'CPU of all threads, ms a frame', better: 'less', digits: 3 },
    dropped: { name: 'frames dropped by the senders, %', better: 'less', digits: 1 },
  },
  contenders: {
    ours: contender('page, recording, saving', busy),
    two: contender('two receivers with page, recording, saving', busy, 2),
    counting: contender('counting only', () => []),
    page: contender('page', page),
    record: contender('recording', record),
    save: contender('saving', save),
    decode: contender('decoding', () => ['--decode']),
    hand: { name: 'a frame from one thread to another', role: 'limit', run: measureHandOver },
  },
  figures: [
    ...both('busy', 'page, recording and saving', 'ours'),
    // Two receivers then carry 1.7 times the frames of one.
    { key: 'two', title: 'two receivers against one', quantity: 'all', of: 'two', against: 'ours', goal: 1.18 },
    ...both('counting', 'counting only'),
    ...both('page', 'page'),
    ...both('record', 'recording'),
    ...both('save', 'saving'),
    ...both('decode', 'decoding'),
    ...both('hand', 'a frame from one thread to another'),
  ],
};

async function measureHandOver({ seconds }: Bench): Promise<Values> {
  const args = [handOver, `${crowdRate * senders}`, `${seconds}`];
  const { stdout } = await runChild(process.execPath, args, 2 * seconds * 1000 + timeoutMs);
  return JSON.parse(stdout);
}

function contender(name: string, outputs: Outputs, receivers = 1): Contender {
  return { name, role: 'ours', run: (bench) => measure(bench, outputs, receivers) };
}

function both(key: string, title: string, of = key): Figure[] {
  return [
    { key: `${key}-main`, title: `${title}, main thread`, quantity: 'main', of },
    { key: `${key}-all`, title: `${title}, all threads`, quantity: 'all', of },
  ];
}

async function measure(bench: Bench, outputs: Outputs, count: number): Promise<Values> {
  await using running = new AsyncDisposableStack();
  const receivers: Child[] = [];
  const crowds: Promise<CrowdResult>[] = [];
  for (let i = 0; i < count; i++) {
    const options = outputs(
      running.use(new Scratch('bench', existsSync(memoryFolder) ? memoryFolder : undefined)).path,
    );
    const { receiver, port } = await startPackagedReceiver([...crowdOptions, ...options]);
    receivers.push(running.use(receiver));
    crowds.push(playCrowd(bench, port, senders, lastingSeconds(bench.seconds)));
    if (options.includes('--web')) running.use(await watchFirst(findPage(receiver)));
    else await receiver.waitForLine('stderr', /sends pictures/, timeoutMs);
  }
  const cost = await measureCpu(listThreads(receivers), countByClock(crowdRate * senders * count), bench.seconds);
  const dropped = (await Promise.all(crowds)).reduce((total, one) => total + one.dropped, 0);
  const droppedShare = dropped / (crowdRate * senders * count * lastingSeconds(bench.seconds));
  if (droppedShare > maxDroppedShare.bySenders)
    throw new Error(`Cannot compute the cost of a frame: the senders dropped ${dropped} frames on a busy machine`);
  for (const receiver of receivers) {
    await receiver.stop();
    checkOutputs(receiver);
  }
  const sum = (kind: string) => receivers.reduce((total, _, i) => total + (cost[`${kind}${i}`] ?? Number.NaN), 0);
  // A frame that its sender dropped has cost nothing.
  return { main: sum('main') / (1 - droppedShare), all: sum('all') / (1 - droppedShare), dropped: droppedShare * 100 };
}

function listThreads(receivers: readonly Child[]): Record<string, Watched> {
  const both = receivers.flatMap(({ pid }, i) => [
    [`main${i}`, { pid, isMainOnly: true }] as const,
    [`all${i}`, { pid }] as const,
  ]);
  return Object.fromEntries(both);
}

/** A frame that an output dropped costs less than others. @throws Error if the last table of the receiver has too many */
function checkOutputs(receiver: Child): void {
  const lines = receiver.lines('stderr');
  for (const line of lines.slice(lines.findIndex((one) => one.startsWith('sink ')) + 1)) {
    const [, sink, done, dropped] = /^(\w+) +(\d+) +(\d+) +\d+$/.exec(line) ?? [];
    if (Number(dropped ?? 0) <= Number(done ?? 0) * maxDroppedShare.byOutputs) continue;
    throw new Error(`Cannot compute the cost of a frame: ${sink} dropped ${dropped} frames, and did ${done}`);
  }
}
