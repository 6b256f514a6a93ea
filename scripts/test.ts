// The whole gate: format, lint, types, and every test on every runtime. `npm test -- TEXT` runs the test files with TEXT in their paths.
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { projectRoot } from './native/project.ts';

/** A test file that hangs is ended after this, so that the rest still run. */
const timeoutMs = 600_000;

function run(what: string, command: string, args: readonly string[]): void {
  process.stderr.write(`test: ${what}\n`);
  const startedMs = performance.now();
  const { status, error } = spawnSync(command, args, { cwd: projectRoot, stdio: 'inherit' });
  if (status !== 0) {
    process.stderr.write(`test: ${what} failed${error === undefined ? '' : `: ${error.message}`}\n`);
    process.exit(1);
  }
  process.stderr.write(`test: ${what}: good, ${Math.round((performance.now() - startedMs) / 1000)} s\n`);
}

const bin = (name: string): string => join(projectRoot, 'node_modules/.bin', name);
const wanted = process.argv[2] ?? '';
const files = globSync('test/**/*.test.ts', { cwd: projectRoot })
  .filter((file) => file.includes(wanted))
  .sort();

run('format and lint', bin('biome'), ['ci', '.']);
run('types', bin('tsc'), []);
// Most tests need the addon or the packages; both are there at once when nothing has changed.
run('packages', bin('node'), ['scripts/build.ts']);
run('tests', bin('node'), [
  '--test',
  '--test-concurrency=2',
  '--test-force-exit',
  `--test-timeout=${timeoutMs}`,
  ...files,
]);
