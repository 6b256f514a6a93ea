import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { FileResult } from './file-results.ts';
import { watchIdle } from './idle.ts';
import { runInLanes } from './lanes.ts';
import { runTestFile } from './run-file.ts';

/** Two files run at once, and more while the machine has time left: many tests wait. */
const lanes = { min: 2, lookEveryMs: 500 } as const;
/** More failed files than this are no accident: they are not run again. */
const maxRepeats = 12;

export interface TestRun {
  /** Every test file. */
  readonly first: readonly FileResult[];
  /** Those that failed, run once more, each alone; empty when too many failed. */
  readonly second: readonly FileResult[];
}

export interface RunOptions {
  /** How many times slower than the reference machine this one is now. */
  readonly readSlowdown: () => number;
  /** The most files that run at once. */
  readonly maxAtOnce: number;
  /** Where what the tests print goes. */
  readonly output: 'inherit' | 'ignore';
  /** Called before a file runs once more. */
  readonly onRepeat: (file: string) => void;
}

const hasFailed = ({ failures }: FileResult): boolean => failures.length > 0;

/** Runs test files, several at once, and then each that failed once more, alone. Their paths are relative to the project's root. */
export async function runTestFiles(
  files: readonly string[],
  { readSlowdown, maxAtOnce, output, onRepeat }: RunOptions,
): Promise<TestRun> {
  const folder = await mkdtemp(join(tmpdir(), 'image-socket-results-'));
  const codeCache = join(folder, 'code');
  let count = 0;
  const run = async (file: string): Promise<FileResult> => {
    const own = join(folder, `${count++}`);
    await mkdir(own);
    const ended = await runTestFile(file, { folder: own, codeCache, slowdown: readSlowdown() });
    if (output === 'inherit') process.stdout.write(`\n${file}\n${ended.output}`);
    return ended.result;
  };
  try {
    const results = new Map<string, FileResult>();
    const keep = async (file: string): Promise<void> => void results.set(file, await run(file));
    await runInLanes(files, keep, { ...lanes, max: maxAtOnce, isIdle: watchIdle() });
    const first = files.flatMap((file) => results.get(file) ?? []);
    const failed = first.filter(hasFailed);
    const second: FileResult[] = [];
    for (const { file } of failed.length > maxRepeats ? [] : failed) {
      onRepeat(file);
      second.push(await run(file));
    }
    return { first, second };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
