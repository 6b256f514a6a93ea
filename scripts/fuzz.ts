// Gives mutated inputs to everything that reads bytes from outside; fuzz/README.md says how to use it.

import './no-multicast.ts';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { formatCount } from './cli/format-count.ts';
import { runCommandLine } from './cli/run-command-line.ts';
import { concludeRun, stoppedByUser } from './cli/stopped.ts';
import { checkAlone } from './fuzz/check-alone.ts';
import { type FuzzOptions, readFuzzOptions, usage } from './fuzz/options.ts';
import { runFuzz } from './fuzz/run-fuzz.ts';
import { useSanitizedAddon } from './fuzz/sanitize.ts';
import { formatSummary } from './fuzz/summary.ts';
import { requireAddon } from './fuzz/targets/native-addon.ts';
import { targets } from './fuzz/targets.ts';

const say = (line: string): boolean => process.stdout.write(`${line}\n`);

async function tryFile({ targets: [name], input = '' }: FuzzOptions): Promise<number> {
  const bytes = await readFile(input).catch((error: Error) => {
    throw new Error(`Cannot try the input ${input} (${error.message}). Give a file with --input`);
  });
  const problem = name === undefined ? undefined : await checkAlone(await targets[name](), bytes);
  say(problem === undefined ? 'good' : `FAILURE ${name}: ${problem}`);
  return problem === undefined ? 0 : 1;
}

async function explore(options: FuzzOptions): Promise<number> {
  if (!options.isSanitized) requireAddon(options.targets);
  const { minutes, workers } = options;
  const seed = `${options.seed}${options.isSanitized ? ' --sanitize' : ''}`;
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort(stoppedByUser));
  const end = { signal: stop.signal, startMs: performance.now(), minutes };
  const sizes = [formatCount(options.targets.length, 'target'), formatCount(minutes, 'minute')];
  say(`fuzz: ${[...sizes, formatCount(workers, 'process', 'processes')].join(', ')}, --seed ${seed}`);
  // The processes of the other targets end with the one that cannot be opened.
  const { stats, failures } = await runFuzz(options, stop.signal, say).finally(() => stop.abort());
  for (const line of formatSummary(stats)) say(line);
  const count = formatCount(failures.length, 'kind');
  const { words, code } = concludeRun(end, failures.length === 0 ? undefined : `${count} of failures`, 'good');
  say(`${words}, --seed ${seed}`);
  return code;
}

/** In a new process, as this one did not load the runtime of the sanitizers. */
function tryFileSanitized({ targets, input = '' }: FuzzOptions): number {
  const args = [import.meta.filename, '--target', targets.join(), '--input', input];
  return spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
}

await runCommandLine({
  name: 'fuzz',
  usage,
  read: (args) => readFuzzOptions(args, () => randomBytes(4).toString('hex')),
  run: async (options) => {
    if (options.isSanitized) await useSanitizedAddon();
    if (options.input === undefined) return await explore(options);
    return options.isSanitized ? tryFileSanitized(options) : await tryFile(options);
  },
});
process.exit();
