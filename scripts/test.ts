// The whole gate: format, lint, types, and every test on every runtime. `npm test -- TEXT` runs the test files with TEXT in their paths;
// `npm test -- --quick` leaves the suites out that start the programs, and needs no packages.
import './no-multicast.ts';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { counted } from '../src/system/counted.ts';
import { projectRoot } from './native/project.ts';
import { chooseFiles, type FileChoice } from './test/choose-files.ts';
import { describeRun } from './test/describe-run.ts';
import { MulticastWatch } from './test/multicast-watch.ts';
import { protocolCoverage } from './test/protocol-coverage.ts';
import { runTestFiles } from './test/run-files.ts';
import { SlowdownWatch } from './test/slowdown.ts';

const bin = (name: string): string => join(projectRoot, 'node_modules/.bin', name);
const say = (line: string): boolean => process.stderr.write(`test: ${line}\n`);
const secondsSince = (startedMs: number): number => Math.round((performance.now() - startedMs) / 1000);

function readChoice(): FileChoice {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { quick: { type: 'boolean', default: false } },
    });
    return { text: positionals[0] ?? '', isQuick: values.quick };
  } catch (error) {
    say(`${error instanceof Error ? error.message : String(error)}; usage: npm test -- [--quick] [TEXT]`);
    process.exit(1);
  }
}

function check(what: string, command: string, args: readonly string[]): void {
  say(what);
  const startedMs = performance.now();
  const { status, error } = spawnSync(command, args, { cwd: projectRoot, stdio: 'inherit' });
  if (status !== 0) {
    say(`${what} failed${error === undefined ? '' : `: ${error.message}`}`);
    process.exit(1);
  }
  say(`${what}: good, ${secondsSince(startedMs)} s`);
}

for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const startedMs = performance.now();
const choice = readChoice();
const files = chooseFiles(projectRoot, choice);
if (files.length === 0) {
  say(`no test file has '${choice.text}' in its path`);
  process.exit(1);
}

check('format and lint', bin('biome'), ['ci', '.']);
check('types', bin('tsc'), []);
// The suites that start programs need the addon and the packages; both are there at once when nothing has changed.
if (!choice.isQuick) check('packages', bin('node'), ['scripts/build.ts', '--no-archives']);
// Part of a run is for one who works on something else.
if (choice.text === '') check('coverage of src/protocol', bin('node'), protocolCoverage);

await using multicast = await MulticastWatch.start();
if (multicast.problem !== undefined) say(`does not count packets to port 5353: ${multicast.problem}`);
using watch = await SlowdownWatch.start();
say(
  `${files.length} test files, with ${watch.slowdown.toFixed(1)} times the reference machine's time limits to begin with`,
);
const run = await runTestFiles(files, {
  readSlowdown: () => watch.slowdown,
  // Most tests wait most of the time.
  maxAtOnce: 6,
  output: 'inherit',
  onRepeat: (file) => say(`once more, alone: ${file}`),
});
const { lines, isGood } = describeRun(run);
for (const line of lines) say(line);
const left = multicast.interfaces;
if (left.length > 0)
  say(
    `${counted(left.length, 'packet', 'packets')} to port 5353 left this machine, by ${[...new Set(left)].join(', ')}: none may`,
  );
const isWholeGood = isGood && left.length === 0;
say(`${isWholeGood ? 'good' : 'failed'}, ${secondsSince(startedMs)} s`);
process.exit(isWholeGood ? 0 : 1);
