import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { projectRoot } from '../native/project.ts';
import { describeFile, type FileResult, readLines } from './file-results.ts';

/** A test, or the rest of a test file, that hangs is ended after this on the reference machine, so that the others still run. */
const timeoutMs = 600_000;
/** A test file that does not end after SIGTERM is killed after this time. */
const killAfterMs = 10_000;

export interface FileOptions {
  /** A folder for what the test file leaves; of this file alone. */
  readonly folder: string;
  /** The programs' compiled code, which makes each start of a program half as expensive. */
  readonly codeCache: string;
  /** How many times slower than the reference machine this one is. */
  readonly slowdown: number;
}

/** Runs one test file, whose path is relative to the project's root, and gives what it did and all that it printed. */
export async function runTestFile(
  file: string,
  { folder, codeCache, slowdown }: FileOptions,
): Promise<{ readonly result: FileResult; readonly output: string }> {
  const place = (name: string): string => join(folder, name);
  const limitMs = Math.round(timeoutMs * slowdown);
  const args = [
    '--import=./scripts/test/end-file.ts',
    `--test-timeout=${limitMs}`,
    ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
    ...['--test-reporter=./scripts/test/reporter.ts', `--test-reporter-destination=${place('results')}`],
  ];
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const startedMs = performance.now();
  // A file, as a pipe would stay open for as long as a program that a test left behind.
  await using printed = await open(place('output'), 'w');
  const node = spawn(join(projectRoot, 'node_modules/.bin/node'), [...args, file], {
    cwd: projectRoot,
    env: {
      ...env,
      TEST_SLOWDOWN: slowdown.toFixed(2),
      TEST_CPU_FILE: place('cpu'),
      NODE_COMPILE_CACHE: codeCache,
    },
    stdio: ['ignore', printed.fd, printed.fd],
  });
  const stop = () => node.kill('SIGTERM');
  // A gate that is stopped stops its test files, and they stop their programs.
  process.once('exit', stop);
  const end = setTimeout(stop, 2 * limitMs);
  const kill = setTimeout(() => node.kill('SIGKILL'), 2 * limitMs + killAfterMs);
  const [code] = (await once(node, 'exit')) as [number | null];
  process.removeListener('exit', stop);
  clearTimeout(end);
  clearTimeout(kill);
  const durationMs = performance.now() - startedMs;
  const cpuSeconds = Number(await readFile(place('cpu'), 'utf8').catch(() => '0'));
  const result = describeFile(file, await readLines(place('results')), { code, durationMs, cpuSeconds });
  return { result, output: await readFile(place('output'), 'utf8') };
}
