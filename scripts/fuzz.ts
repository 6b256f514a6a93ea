// Gives mutated inputs to everything that reads bytes from outside; scripts/README.md says how to use it.

import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { checkAlone } from './fuzz/check-alone.ts';
import { type FuzzOptions, readFuzzOptions, usage } from './fuzz/options.ts';
import { runFuzz } from './fuzz/run-fuzz.ts';
import { useSanitizedAddon } from './fuzz/sanitize.ts';
import { formatSummary } from './fuzz/summary.ts';
import { targets } from './fuzz/targets.ts';

const say = (line: string): boolean => process.stdout.write(`${line}\n`);

function readOptions(): FuzzOptions {
  try {
    return readFuzzOptions(process.argv.slice(2), () => randomBytes(4).toString('hex'));
  } catch (error) {
    process.stderr.write(`fuzz: ${error instanceof Error ? error.message : String(error)}; usage: ${usage}\n`);
    process.exit(2);
  }
}

async function tryFile({ targets: [name], input = '' }: FuzzOptions): Promise<number> {
  const problem = name === undefined ? undefined : await checkAlone(await targets[name](), readFileSync(input));
  say(problem === undefined ? 'good' : `FAILURE ${name}: ${problem}`);
  return problem === undefined ? 0 : 1;
}

async function explore(options: FuzzOptions): Promise<number> {
  const { minutes, workers } = options;
  const seed = `${options.seed}${options.isSanitized ? ' --sanitize' : ''}`;
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  say(`fuzz: ${options.targets.length} targets, ${minutes} minutes, ${workers} processes, --seed ${seed}`);
  const { stats, failures } = await runFuzz(options, stop.signal, say);
  for (const line of formatSummary(stats)) say(line);
  say(failures.length === 0 ? `good, --seed ${seed}` : `${failures.length} kinds of failures, --seed ${seed}`);
  return failures.length === 0 ? 0 : 1;
}

/** In a new process, as this one did not load the runtime of the sanitizers. */
function tryFileSanitized({ targets, input = '' }: FuzzOptions): number {
  const args = [import.meta.filename, '--target', targets.join(), '--input', input];
  return spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
}

const options = readOptions();
if (options.isSanitized) {
  await useSanitizedAddon().catch((error: unknown) => {
    process.stderr.write(`fuzz: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(2);
  });
}
if (options.input === undefined) process.exit(await explore(options));
process.exit(options.isSanitized ? tryFileSanitized(options) : await tryFile(options));
