import { setTimeout as delay } from 'node:timers/promises';
import type { Both } from '../../package/build-commit.ts';
import { percentile, toMs } from '../support.ts';
import {
  freeze,
  type Pair,
  type Sample,
  startCamera,
  startForwarding,
  startVideo,
  stop,
  takeSample,
  takeTurns,
} from './pairs.ts';
import type { Figure } from './ratios.ts';

/** What is measured of both builds. */
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

const warmUpTurns = 12;
const measuredTurns = 24;
const warmUpMs = 3000;
const measuredMs = 8000;
/** More than any machine forwards meanwhile. */
const endless = 10_000_000;

const rate: Figure = { name: 'frames a second', better: 'more', digits: 0, isJudged: true };
const cpu: Figure = { name: 'CPU of both ends, ms a frame', better: 'less', digits: 3, isJudged: true };
const p50: Figure = { name: 'p50, ms', better: 'less', digits: 3, isJudged: true };
/** One bad moment of the machine decides it. */
const p99: Figure = { name: 'p99, ms', better: 'less', digits: 2, isJudged: false };

/** @param pictures folder of 720p JPEGs */
export function listMeasures(pictures: string): Measure[] {
  const load = { folder: pictures, frames: endless };
  return [
    {
      name: 'forwarding: every JPEG of a pipe to --quiet, as fast as it goes',
      figures: [rate, cpu],
      run: (folders) => measureRate(folders, (folder) => startForwarding({ ...load, intervalS: 0 }, folder)),
    },
    {
      name: 'throughput: 720p H.264 as fast as it goes, decoded at both ends',
      figures: [rate, cpu],
      run: (folders) => measureRate(folders, startVideo),
    },
    {
      name: 'latency: the newest JPEGs of a pipe, about 30 a second, from whole to received',
      figures: [p50, p99, cpu],
      run: (folders, round) => {
        // Two rates, so that neither goes always just before the other.
        const [slow, fast] = [29, 31];
        const rates = round % 2 === 0 ? { old: slow, new: fast } : { old: fast, new: slow };
        return measureLatency({
          old: () => startCamera({ ...load, intervalS: 1 / rates.old }, folders.old),
          new: () => startCamera({ ...load, intervalS: 1 / rates.new }, folders.new),
        });
      },
    },
  ];
}

/** By turns of less than half a second, as other work on the machine comes and goes. */
async function measureRate(folders: Both<string>, start: (folder: string) => Promise<Pair>): Promise<Both<number[]>> {
  const startFrozen = async (folder: string) => {
    const pair = await start(folder);
    freeze(pair);
    return pair;
  };
  return withBoth({ old: () => startFrozen(folders.old), new: () => startFrozen(folders.new) }, async (pairs) => {
    await takeTurns(pairs, warmUpTurns);
    const before = await sampleBoth(pairs);
    const ms = await takeTurns(pairs, measuredTurns);
    const after = await sampleBoth(pairs);
    const reckon = (side: keyof Both<unknown>) => {
      const frames = after[side].frames - before[side].frames;
      return [(frames * 1000) / ms[side], reckonCpuMs(before[side], after[side])];
    };
    return { old: reckon('old'), new: reckon('new') };
  });
}

/** Both at once, as the machine is idle most of the time, and what disturbs one disturbs the other. */
async function measureLatency(start: Both<() => Promise<Pair>>): Promise<Both<number[]>> {
  return withBoth(start, async (pairs) => {
    await delay(warmUpMs);
    const before = await sampleBoth(pairs);
    await delay(measuredMs);
    const after = await sampleBoth(pairs);
    const reckon = (side: keyof Both<unknown>) => {
      const lines = pairs[side].receiver.lines('stdout').slice(before[side].frames, after[side].frames);
      const latencies = lines.map(readLatencyMs);
      return [percentile(latencies, 0.5), percentile(latencies, 0.99), reckonCpuMs(before[side], after[side])];
    };
    return { old: reckon('old'), new: reckon('new') };
  });
}

async function withBoth<T>(start: Both<() => Promise<Pair>>, use: (pairs: Both<Pair>) => Promise<T>): Promise<T> {
  const started: Pair[] = [];
  try {
    for (const side of ['old', 'new'] as const) started.push(await start[side]());
    const [old, fresh] = started as [Pair, Pair];
    return await use({ old, new: fresh });
  } finally {
    for (const pair of started) await stop(pair);
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
