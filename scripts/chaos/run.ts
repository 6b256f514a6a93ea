// The part of `npm run chaos` that runs in namespaces of its own: see ../chaos.ts.

import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import process from 'node:process';
import { say } from '../bench/support.ts';
import { describeError } from '../cli/describe-error.ts';
import { requireCommand } from '../debian/command.ts';
import { MachineLag } from './machine-lag.ts';
import { readChaosOptions } from './options.ts';
import { type FaultRecord, Pair } from './pair.ts';
import { busyMs, formatKinds, goalMs, summarizeKinds } from './report.ts';
import { watchEnd } from './run-apart.ts';

const options = readChaosOptions(process.argv.slice(2));
const { minutes, pairs: count, seed, runtime, out } = options;
const stop = watchEnd();

await requireCommand('Setting the loopback up', 'ip', ['link', 'set', 'lo', 'up']);
await mkdir(tmpdir(), { recursive: true });
say(`chaos: ${minutes} minutes, ${count} pairs, seed ${seed}, ${runtime === 'node' ? 'from source' : 'packages'}`);

const lag = new MachineLag(busyMs);
const pairs: Pair[] = [];
try {
  for (let pair = 0; pair < count; pair++) pairs.push(await Pair.open({ pair, runtime, seed: seed + pair }, lag));
  const timer = setTimeout(() => stop.abort(), minutes * 60_000);
  await Promise.all(pairs.map((pair) => pair.run(stop.signal, tell)));
  clearTimeout(timer);
  await conclude();
} catch (error) {
  process.stderr.write(`chaos: ${describeError(error)}\n`);
  process.exitCode = 2;
} finally {
  for (const pair of pairs) await pair[Symbol.asyncDispose]();
}
process.exit();

function tell({ pair, kind, particulars, recoveryMs }: FaultRecord): void {
  const back = recoveryMs === undefined ? 'latest did not come back' : `latest back after ${recoveryMs} ms`;
  say(`  pair ${pair}: ${kind}, ${particulars}: ${back}`);
}

async function conclude(): Promise<void> {
  const breaches = (await Promise.all(pairs.map((pair) => pair.finish()))).flat();
  const records = pairs.flatMap((pair) => pair.records).sort((a, b) => a.startMs - b.startMs);
  const kinds = summarizeKinds(records);
  for (const line of formatKinds(kinds)) say(line);
  const late = kinds.reduce((sum, kind) => sum + kind.late, 0);
  const saved = pairs.reduce((sum, pair) => sum + pair.savedEvery, 0);
  const latest = pairs.map((pair) => pair.countLatest());
  const shown = latest.reduce((sum, one) => sum + one.shown, 0);
  const written = latest.reduce((sum, one) => sum + one.written, 0);
  const busy = kinds.reduce((sum, kind) => sum + kind.busy, 0);
  say(`${records.length} faults; ${late} times latest came back later than ${goalMs} ms`);
  if (busy > 0) say(`${busy} more times it did while the machine gave the run no time for over ${busyMs} ms`);
  say(`every: ${saved} pictures saved, compared by SHA-256; latest: ${shown} of ${written} frames shown`);
  const wrong = pairs.flatMap((pair) => pair.wrongLatenciesMs);
  say(
    `latencies off by more than the error that was told: ${wrong.length} of ${shown}, at most ${Math.max(0, ...wrong).toFixed(1)} ms`,
  );
  for (const breach of breaches) say(`BROKEN: ${breach}`);
  if (breaches.length > 0 || late > 0) process.exitCode = 1;
  say(breaches.length === 0 ? 'no promise was broken' : `${breaches.length} promises were broken`);
  if (out === undefined) return;
  await writeFile(out, `${JSON.stringify({ options, kinds, breaches, records }, null, 1)}\n`);
  await writeFile(`${out}.log`, `${pairs.flatMap(({ log }) => log).join('\n')}\n`);
}
