// The part of `npm run chaos` that runs in namespaces of its own: see ../chaos.ts.

import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import process from 'node:process';
import { say } from '../bench/support.ts';
import { describeError } from '../cli/describe-error.ts';
import { formatCount } from '../cli/format-count.ts';
import { concludeRun } from '../cli/stopped.ts';
import { requireCommand } from '../debian/command.ts';
import { MachineLag } from './machine-lag.ts';
import { readChaosOptions } from './options.ts';
import { type FaultRecord, Pair } from './pair.ts';
import { busyMs, findLateRecoveries, formatKinds, summarizeKinds } from './report.ts';
import { watchEnd } from './run-apart.ts';

const options = readChaosOptions(process.argv.slice(2));
const { minutes, pairs: count, seed, runtime, out } = options;
const stop = watchEnd();

await requireCommand('Setting the loopback up', 'ip', ['link', 'set', 'lo', 'up']);
await mkdir(tmpdir(), { recursive: true });
say(
  `chaos: ${formatCount(minutes, 'minute')}, ${formatCount(count, 'pair')}, seed ${seed}, ${runtime === 'node' ? 'from source' : 'packages'}`,
);

const lag = new MachineLag(busyMs);
const pairs: Pair[] = [];
try {
  for (let pair = 0; pair < count; pair++) pairs.push(await Pair.open({ pair, runtime, seed: seed + pair }, lag));
  const startMs = performance.now();
  const timer = setTimeout(() => stop.abort(), minutes * 60_000);
  await Promise.all(pairs.map((pair) => pair.run(stop.signal, tell)));
  clearTimeout(timer);
  await conclude(startMs);
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

async function conclude(startMs: number): Promise<void> {
  const endMs = performance.now();
  const broken = (await Promise.all(pairs.map((pair) => pair.finish()))).flat();
  const records = pairs.flatMap((pair) => pair.records).sort((a, b) => a.startMs - b.startMs);
  const breaches = [...broken, ...findLateRecoveries(records)];
  const kinds = summarizeKinds(records);
  for (const line of formatKinds(kinds)) say(line);
  const saved = pairs.reduce((sum, pair) => sum + pair.savedEvery, 0);
  const latest = pairs.map((pair) => pair.countLatest());
  const shown = latest.reduce((sum, one) => sum + one.shown, 0);
  const written = latest.reduce((sum, one) => sum + one.written, 0);
  const busy = kinds.reduce((sum, kind) => sum + kind.busy, 0);
  say(formatCount(records.length, 'fault'));
  if (busy > 0)
    say(`not counted: ${formatCount(busy, 'late recovery', 'late recoveries')}, as programs waited for a processor`);
  say(`every: ${saved} pictures saved, compared by SHA-256; latest: ${shown} of ${written} frames shown`);
  const wrong = pairs.flatMap((pair) => pair.wrongLatenciesMs);
  say(
    `latencies off by more than the error that was told: ${wrong.length} of ${shown}, at most ${Math.max(0, ...wrong).toFixed(1)} ms`,
  );
  for (const breach of breaches) say(`BROKEN: ${breach}`);
  const count = formatCount(breaches.length, 'promise was', 'promises were');
  const found = breaches.length === 0 ? undefined : `${count} broken`;
  const end = { signal: stop.signal, startMs, minutes, nowMs: endMs };
  const { words, code } = concludeRun(end, found, 'no promise was broken');
  say(words);
  process.exitCode = code;
  if (out === undefined) return;
  const pictures = { every: { saved }, latest: { written, shown, wrongLatencies: wrong.length } };
  const results = { options, verdict: words, kinds, pictures, breaches, records };
  await writeFile(out, `${JSON.stringify(results, null, 1)}\n`);
  await writeFile(`${out}.log`, `${pairs.flatMap(({ log }) => log).join('\n')}\n`);
}
