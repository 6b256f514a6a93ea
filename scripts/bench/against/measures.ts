import { setTimeout as delay } from 'node:timers/promises';
import type { Both } from '../../package/build-commit.ts';
import { percentile } from '../ratios.ts';
import { framesPerSecond, p50, p99 } from '../rows/quantities.ts';
import { toMs } from '../support.ts';
import type { Figure } from './findings.ts';
import {
  freeze,
  orderOf,
  type Pair,
  type Sample,
  startCamera,
  startForwarding,
  startVideo,
  stop,
  takeSample,
  takeTurns,
} from './pairs.ts';

/** The measures of both builds. */
export interface Measure {
  readonly name: string;
  readonly figures: readonly Figure[];
  /** One value of each build for each figure. @param folders of the packaged programs @param round from 0 */
  run(folders: Both<string>, round: number): Promise<Both<number[]>>;
}

/** A line of `--json`, with the names of before and of now. */
interface FrameLine {
  readonly capturedAt?: string;
  readonly sentAt?: string;
  readonly receivedAt: string;
}

const warmUpTurns = 32;
const measuredTurns = 72;
const warmUpMs = 3000;
const measuredMs = 12_000;
/** Longer than a measure takes. */
const endlessS = 3600;

const rate: Figure = { ...framesPerSecond, isJudged: true };
const cpu: Figure = { name: 'CPU of both ends, ms a frame', better: 'less', digits: 3, isJudged: true };
const median: Figure = { ...p50, isJudged: true };
/** One bad moment of the machine decides it. */
const tail: Figure = { ...p99, isJudged: false };

/** @param pictures folder of 720p JPEGs */
export function listMeasures(pictures: string): Measure[] {
  const load = { source: pictures, seconds: endlessS };
  return [
    {
      name: 'forwarding: every JPEG of a pipe to --quiet, as fast as it goes',
      figures: [rate, cpu],
      run: (folders, round) =>
        measureRate(folders, round, (folder) => startForwarding({ ...load, intervalS: 0 }, folder)),
    },
    {
      name: 'throughput: 720p H.264 as fast as it goes, decoded at both ends',
      figures: [rate, cpu],
      run: (folders, round) => measureRate(folders, round, startVideo),
    },
    {
      name: 'latency: the newest JPEGs of a pipe, about 30 a second, from whole to received',
      figures: [median, tail],
      run: (folders, round) => {
        // Two rates, so that neither goes always just before the other.
        const rates = orderOf(round)[0] === 'old' ? { old: 29, new: 31 } : { old: 31, new: 29 };
        return measureLatency(round, {
          old: () => startCamera({ ...load, intervalS: 1 / rates.old }, folders.old),
          new: () => startCamera({ ...load, intervalS: 1 / rates.new }, folders.new),
        });
      },
    },
  ];
}

/** By short turns, as other work on the machine comes and goes. */
async function measureRate(
  folders: Both<string>,
  round: number,
  start: (folder: string) => Promise<Pair>,
): Promise<Both<number[]>> {
  const startFrozen = async (folder: string) => {
    const pair = await start(folder);
    freeze(pair);
    return pair;
  };
  const starts = { old: () => startFrozen(folders.old), new: () => startFrozen(folders.new) };
  return withBoth(round, starts, async (pairs) => {
    await takeTurns(pairs, warmUpTurns, round);
    const before = await sampleBoth(pairs);
    const ms = await takeTurns(pairs, measuredTurns, round);
    const after = await sampleBoth(pairs);
    const reckon = (side: keyof Both<unknown>) => {
      const frames = after[side].frames - before[side].frames;
      return [(frames * 1000) / ms[side], reckonCpuMs(before[side], after[side])];
    };
    return { old: reckon('old'), new: reckon('new') };
  });
}

/** Both at once, as the machine is idle most of the time, and what disturbs one disturbs the other. */
async function measureLatency(round: number, start: Both<() => Promise<Pair>>): Promise<Both<number[]>> {
  return withBoth(round, start, async (pairs) => {
    await delay(warmUpMs);
    const count = () => ({ old: pairs.old.count(), new: pairs.new.count() });
    const before = count();
    await delay(measuredMs);
    const after = count();
    const reckon = (side: keyof Both<unknown>) => {
      const lines = pairs[side].receiver.lines('stdout').slice(before[side], after[side]);
      const latencies = lines.map(readLatencyMs);
      return [percentile(latencies, 0.5), percentile(latencies, 0.99)];
    };
    return { old: reckon('old'), new: reckon('new') };
  });
}

async function withBoth<T>(
  round: number,
  start: Both<() => Promise<Pair>>,
  use: (pairs: Both<Pair>) => Promise<T>,
): Promise<T> {
  const started = new Map<keyof Both<unknown>, Pair>();
  try {
    for (const side of orderOf(round)) started.set(side, await start[side]());
    return await use(Object.fromEntries(started) as unknown as Both<Pair>);
  } finally {
    for (const pair of started.values()) await stop(pair);
  }
}

async function sampleBoth(pairs: Both<Pair>): Promise<Both<Sample>> {
  return { old: await takeSample(pairs.old), new: await takeSample(pairs.new) };
}

function reckonCpuMs(before: Sample, after: Sample): number {
  return ((after.cpuSeconds - before.cpuSeconds) * 1000) / (after.frames - before.frames);
}

/** Both programs run on one machine, and so by one clock. */
function readLatencyMs(line: string): number {
  const { capturedAt, sentAt, receivedAt } = JSON.parse(line) as FrameLine;
  return toMs(receivedAt) - toMs(capturedAt ?? sentAt ?? '');
}
