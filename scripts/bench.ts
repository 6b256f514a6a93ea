// Speed, latency and memory, each row beside its peers and its limit: `npm run bench`. See bench/README.md.

import './no-multicast.ts';
import { join } from 'node:path';
import process from 'node:process';
import { compareAgainst } from './bench/against/compare.ts';
import { parseBenchArguments, usage } from './bench/arguments.ts';
import { openBench } from './bench/context.ts';
import { compareFloods } from './bench/floods.ts';
import { keepRuns } from './bench/report/kept.ts';
import { describeCommit, describeTree, formatMachine, readMachine } from './bench/report/machine.ts';
import type { RowResult } from './bench/report/result.ts';
import { isRunFile, saveRun } from './bench/report/save.ts';
import { formatRow } from './bench/report/table.ts';
import { chooseRows, rows } from './bench/rows.ts';
import { runRow } from './bench/run.ts';
import { say } from './bench/support.ts';
import { prepareResultsFolder } from './cli/results-place.ts';
import { runCommandLine } from './cli/run-command-line.ts';
import { exitOnSignals } from './cli/scratch.ts';
import { requireCommand } from './debian/command.ts';
import { fillPages } from './docs/pages.ts';
import { projectRoot } from './native/project.ts';
import { findCommit } from './package/build-commit.ts';

exitOnSignals();
await runCommandLine({ name: 'bench', usage, read: (args) => args, run });

/** @returns the exit code */
async function run([first, ...others]: readonly string[]): Promise<number> {
  if (first === 'page') await keepRuns(others).then(fillPages);
  else if (first === 'against') return await build().then(() => compareAgainst(others));
  else if (first === 'floods') await build().then(() => compareFloods(others.length === 0 ? {} : { kinds: others }));
  else return await measureRows(first === undefined ? [] : [first, ...others]);
  return 0;
}

async function measureRows(args: readonly string[]): Promise<number> {
  const { rows: names, isList, rounds, seconds, frames, baseline, out } = parseBenchArguments(args);
  if (isList) {
    for (const { name, title } of rows) say(`${name.padEnd(18)} ${title}`);
    return 0;
  }
  const chosen = chooseRows(names);
  await findCommit(baseline);
  const startedAt = new Date().toISOString();
  const folder = out ?? join(projectRoot, 'bench-results', startedAt.slice(0, 19).replaceAll(':', '-'));
  await prepareResultsFolder(folder, isRunFile);
  await build();
  const head = { format: 1, startedAt, machine: await readMachine() } as const;
  const commits = { tree: await describeTree(), baseline: await describeCommit(baseline) };
  say(`machine: ${formatMachine(head.machine)}`);
  say(`tree: ${commits.tree}; before: ${commits.baseline}`);
  const open = openBench({ frames, baseline });
  const results: RowResult[] = [];
  for (const row of chosen) {
    say(`${row.name}: ${row.title}`);
    results.push(await runRow(row, open(seconds ?? row.seconds), { rounds, say }));
    // The rows so far are kept even if a later one fails.
    await saveRun(folder, { ...head, ...commits, rows: results }, rows);
  }
  say();
  for (const result of results) for (const line of formatRow(result)) say(line);
  say(`kept in ${folder}`);
  const failed = results.some(({ contenders }) => Object.values(contenders).some((one) => one.failure !== undefined));
  return failed ? 1 : 0;
}

async function build(): Promise<void> {
  const args = [join(projectRoot, 'scripts/build.ts'), '--no-archives', '--target', `linux-${process.arch}`];
  await requireCommand('Building this tree', process.execPath, args, { cwd: projectRoot });
}
