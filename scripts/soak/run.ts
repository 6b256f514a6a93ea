// The part of `npm run soak` that starts the programs: see ../soak.ts.

import { writeFile } from 'node:fs/promises';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Dice } from '../../test/support/dice.ts';
import { say } from '../bench/support.ts';
import { watchEnd } from '../chaos/run-apart.ts';
import { describeError } from '../cli/describe-error.ts';
import { formatCount } from '../cli/format-count.ts';
import { concludeRun, type RunEnd, stoppedByUser } from '../cli/stopped.ts';
import { drawLines } from './chart.ts';
import { endSite } from './ending.ts';
import { findChartFile, readSoakOptions, type SoakOptions } from './options.ts';
import { restarts } from './restarts.ts';
import { RunLog } from './run-log.ts';
import { Sampler } from './sampler.ts';
import { Site } from './site.ts';
import { findGrowth, findLeaks, formatPrograms, mebibyte, summarizePrograms } from './verdict.ts';

/** The part of the run before the first restart, and the longest. */
const [warmUpShare, maxWarmUpS] = [0.2, 600];
const samplesPerRun = 500;
/** After the last restart, connections close until then. */
const settleMs = 90_000;

const stop = watchEnd();
try {
  const { problems, ...end } = await soak(readSoakOptions(process.argv.slice(2)));
  for (const problem of problems) say(`WRONG: ${problem}`);
  const count = formatCount(problems.length, 'thing is', 'things are');
  const { words, code } = concludeRun(end, problems.length === 0 ? undefined : `${count} wrong`, 'all is well');
  say(words);
  process.exitCode = code;
} catch (error) {
  process.stderr.write(`soak: ${describeError(error)}\n`);
  process.exitCode = 2;
}
process.exit();

async function soak({ minutes, seed, runtime, out }: SoakOptions): Promise<RunEnd & { problems: string[] }> {
  say(`soak: ${formatCount(minutes, 'minute')}, seed ${seed}, ${runtime === 'node' ? 'from source' : 'packages'}`);
  const seconds = minutes * 60;
  const warmUpS = Math.min(maxWarmUpS, seconds * warmUpShare);
  const log = new RunLog();
  await using _kept = { [Symbol.asyncDispose]: () => log.write(out) };
  await using site = await Site.open({ runtime, segment: minutes < 30 ? '15s' : '2m', log });
  const sampler = new Sampler(site);
  const startMs = performance.now();
  const timer = setTimeout(() => stop.abort(), seconds * 1000);
  const [problems] = await Promise.all([
    pause(warmUpS).then(() => restartParts(site, new Dice(seed))),
    sample(site, sampler, Math.max(1, seconds / samplesPerRun)),
  ]).finally(() => stop.abort());
  clearTimeout(timer);
  const nowMs = performance.now();
  const isWhole = stop.signal.reason !== stoppedByUser;
  if (isWhole) await settle(sampler, warmUpS);
  const { samples } = sampler;
  const programs = summarizePrograms(samples, warmUpS);
  for (const line of formatPrograms(programs)) say(line);
  const p99 = samples.map(({ latencyMs }) => latencyMs.p99).filter((ms) => !Number.isNaN(ms));
  if (p99.length > 0)
    say(`latency of the sender of latest: p99 between two samples at most ${Math.max(...p99).toFixed(1)} ms`);
  if (isWhole) problems.push(...findLeaks(programs));
  problems.push(...findGrowth(programs, (samples.at(-1)?.atS ?? 0) - warmUpS), ...(await endSite(site, isWhole)));
  const pictures = Object.entries(site.received).map(([name, { count }]) => `${count} ${name}`);
  say(`pictures compared by SHA-256: ${pictures.join(', ')}`);
  if (out !== undefined) await keep(out, { minutes, seed, programs, problems, samples }, sampler);
  return { signal: stop.signal, startMs, minutes, nowMs, problems };
}

/** Waits so long, or until the run is told to end. */
async function pause(seconds: number): Promise<void> {
  await sleep(seconds * 1000, undefined, { signal: stop.signal }).catch(() => undefined);
}

async function sample(site: Site, sampler: Sampler, everyS: number): Promise<void> {
  while (!stop.signal.aborted) {
    await sampler.look();
    await site.look();
    await pause(everyS);
  }
}

/** Restarts each part once, in any order, then each once more, until the run is told to end. @returns what went wrong */
async function restartParts(site: Site, dice: Dice): Promise<string[]> {
  const found: string[] = [];
  const counts = new Map<string, number>();
  let names: string[] = [];
  for (;;) {
    await pause(dice.between(1, 5));
    if (stop.signal.aborted) break;
    if (names.length === 0) names = dice.shuffle(Object.keys(restarts));
    const name = names.pop() ?? '';
    counts.set(name, (counts.get(name) ?? 0) + 1);
    const wrong = await restarts[name]?.(site, dice);
    if (wrong !== undefined) found.push(wrong);
  }
  for (const [name, count] of counts) say(`  ${count} times: ${name}`);
  return found;
}

/** Waits until all handles are as before, or for some time. */
async function settle(sampler: Sampler, warmUpS: number): Promise<void> {
  const deadline = performance.now() + settleMs;
  do {
    await sleep(1000);
    await sampler.look();
  } while (findLeaks(summarizePrograms(sampler.samples, warmUpS)).length > 0 && performance.now() < deadline);
}

async function keep(out: string, results: object, { samples }: Sampler): Promise<void> {
  await writeFile(out, `${JSON.stringify(results, null, 1)}\n`);
  const names = Object.keys(samples.at(-1)?.programs ?? {});
  const lines = names.map((name) => {
    const points = samples.map(({ atS, programs }) => [atS / 60, (programs[name]?.rssBytes ?? 0) / mebibyte] as const);
    return { name, points };
  });
  const chart = drawLines({ title: 'Resident memory', x: 'minutes', y: 'MiB' }, lines);
  await writeFile(findChartFile(out), chart);
}
