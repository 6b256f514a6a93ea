import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { projectRoot } from '../native/project.ts';
import { type FileResult, readResults } from './file-results.ts';

/** A test file that hangs is ended after this on the reference machine, so that the rest still run. */
const timeoutMs = 600_000;
/** More failed files than this are no accident: they are not run again. */
const maxRepeats = 12;

export interface TestRun {
  /** Every test file. */
  readonly first: readonly FileResult[];
  /** Those that failed, run once more, each alone; empty when too many failed. */
  readonly second: readonly FileResult[];
}

export interface RunOptions {
  /** How many times slower than the reference machine this one is. */
  readonly slowdown: number;
  /** Where what the tests print goes. */
  readonly output: 'inherit' | 'ignore';
  /** Called before a file runs once more. */
  readonly onRepeat: (file: string) => void;
}

const hasFailed = ({ failures }: FileResult): boolean => failures.length > 0;

/** Runs test files, two at once, and then each that failed once more, alone. Their paths are relative to the project's root. */
export async function runTestFiles(files: readonly string[], options: RunOptions): Promise<TestRun> {
  const folder = await mkdtemp(join(tmpdir(), 'image-socket-results-'));
  try {
    const first = await runOnce(files, 2, join(folder, 'first'), options);
    const failed = first.filter(hasFailed);
    const second: FileResult[] = [];
    for (const [i, { file }] of failed.length > maxRepeats ? [] : failed.entries()) {
      options.onRepeat(file);
      second.push(...(await runOnce([file], 1, join(folder, `${i}`), options)));
    }
    return { first, second };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runOnce(
  files: readonly string[],
  concurrency: number,
  results: string,
  { slowdown, output }: RunOptions,
): Promise<FileResult[]> {
  const args = [
    '--test',
    `--test-concurrency=${concurrency}`,
    '--import=./scripts/test/end-file.ts',
    `--test-timeout=${Math.round(timeoutMs * slowdown)}`,
    ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
    ...['--test-reporter=./scripts/test/reporter.ts', `--test-reporter-destination=${results}`],
  ];
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const node = spawn(join(projectRoot, 'node_modules/.bin/node'), [...args, ...files], {
    cwd: projectRoot,
    env: { ...env, TEST_SLOWDOWN: slowdown.toFixed(2) },
    stdio: ['ignore', output, output],
  });
  await once(node, 'close');
  return readResults(results, files);
}
