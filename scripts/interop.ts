// Holds the packages of this tree against those of an earlier commit: each sender with each receiver, on every way.

import process from 'node:process';
import { builtFolder, say } from './bench/support.ts';
import { requireCommand } from './debian/command.ts';
import { checkNats, checkOtherWay } from './interop/check-others.ts';
import { checkWay } from './interop/check-way.ts';
import { otherWays } from './interop/other-clients.ts';
import type { Verdict } from './interop/verdict.ts';
import { ways } from './interop/ways.ts';
import { projectRoot } from './native/project.ts';
import { buildCommit } from './package/build-commit.ts';

const [ref, ...chosen] = process.argv.slice(2);

try {
  if (ref === undefined) throw new Error('usage: npm run interop -- COMMIT [WAY...]');
  const { commit, folder } = await buildCommit(ref);
  const build = ['scripts/build.ts', '--no-archives', '--target', `linux-${process.arch}`];
  await requireCommand('Building this tree', process.execPath, build, { cwd: projectRoot });
  const builds = { old: folder, new: builtFolder };
  say(`old: ${commit.slice(0, 12)}; new: this tree`);
  const checks = new Map<string, () => Promise<Verdict>>([
    ...ways.map((way) => [way.name, () => checkWay(way, builds)] as const),
    ...otherWays.map((way) => [way.name, () => checkOtherWay(way, builds)] as const),
    ['nats', () => checkNats(builds)],
  ]);
  const names = chosen.length === 0 ? [...checks.keys()] : chosen;
  const unknown = names.find((name) => !checks.has(name));
  if (unknown !== undefined)
    throw new Error(`Cannot try the way '${unknown}': there are ${[...checks.keys()].join(', ')}`);
  for (const name of names) await tell(name, checks.get(name));
} catch (error) {
  process.stderr.write(`interop: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}

async function tell(name: string, check: (() => Promise<Verdict>) | undefined): Promise<void> {
  const verdict = await check?.().catch((error: unknown) => ({ problems: [String(error)], good: '' }));
  const problems = verdict?.problems ?? [];
  if (problems.length > 0) process.exitCode = 1;
  say(`  ${name}: ${problems.length === 0 ? verdict?.good : 'FAILED'}`);
  for (const problem of problems) say(`    ${problem}`);
}
