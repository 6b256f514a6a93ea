// Holds the packages of this tree against those of an earlier commit: each sender with each receiver, on every way.

import './no-multicast.ts';
import process from 'node:process';
import { builtFolder, say } from './bench/support.ts';
import { runCommandLine } from './cli/run-command-line.ts';
import { exitOnSignals } from './cli/scratch.ts';
import { requireCommand } from './debian/command.ts';
import { checkNats, checkOtherWay } from './interop/check-others.ts';
import { checkWay } from './interop/check-way.ts';
import { otherWays } from './interop/other-clients.ts';
import type { Verdict } from './interop/verdict.ts';
import { ways } from './interop/ways.ts';
import { projectRoot } from './native/project.ts';
import { buildCommit } from './package/build-commit.ts';

const names: readonly string[] = [...[...ways, ...otherWays].map(({ name }) => name), 'nats'];
const usage = `usage: npm run interop -- COMMIT [WAY...]\n       ways: ${names.join(', ')}`;

exitOnSignals();
await runCommandLine({
  name: 'interop',
  usage,
  read: ([ref, ...chosen]) => {
    if (ref === undefined) throw new Error('Cannot compare this tree without another commit');
    const unknown = chosen.find((name) => !names.includes(name));
    if (unknown !== undefined) throw new Error(`Cannot try the way '${unknown}' as there is none of this name`);
    return { ref, chosen };
  },
  run: compare,
});

async function compare({ ref, chosen }: { ref: string; chosen: readonly string[] }): Promise<number> {
  const { commit, folder } = await buildCommit(ref);
  const build = ['scripts/build.ts', '--no-archives', '--target', `linux-${process.arch}`];
  await requireCommand('Building this tree', process.execPath, build, { cwd: projectRoot });
  const builds = { old: folder, new: builtFolder };
  const checks = new Map<string, () => Promise<Verdict>>([
    ...ways.map((way) => [way.name, () => checkWay(way, builds)] as const),
    ...otherWays.map((way) => [way.name, () => checkOtherWay(way, builds)] as const),
    ['nats', () => checkNats(builds)],
  ]);
  say(`old: ${commit.slice(0, 12)}; new: this tree`);
  let isGood = true;
  for (const name of chosen.length === 0 ? [...checks.keys()] : chosen) {
    if (!(await tell(name, checks.get(name)))) isGood = false;
  }
  return isGood ? 0 : 1;
}

/** @returns whether all is as it was */
async function tell(name: string, check: (() => Promise<Verdict>) | undefined): Promise<boolean> {
  const verdict = await check?.().catch((error: unknown) => ({ problems: [String(error)], good: '' }));
  const problems = verdict?.problems ?? [];
  say(`  ${name}: ${problems.length === 0 ? verdict?.good : 'FAILED'}`);
  for (const problem of problems) say(`    ${problem}`);
  return problems.length === 0;
}
