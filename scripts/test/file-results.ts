import { readFile } from 'node:fs/promises';

/** The result of one test file in one run. */
export interface FileResult {
  readonly file: string;
  /** Those that passed, failed, or were skipped. */
  readonly tests: number;
  readonly skipped: number;
  readonly durationMs: number;
  /** Processor time of its process and of the programs that it started. */
  readonly cpuSeconds: number;
  /** Names of the tests that failed; empty when the file passed. */
  readonly failures: readonly string[];
}

/** One line of the file that the reporter writes: a test that ended, or the end of them all. */
export type ResultLine =
  | { readonly kind: 'pass' | 'skip' | 'failure'; readonly name: string }
  | { readonly kind: 'end' };

/** How the process of a test file ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly durationMs: number;
  readonly cpuSeconds: number;
}

/** Reads what the reporter wrote about a test file; a file that is not there holds nothing. */
export async function readLines(path: string): Promise<ResultLine[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ResultLine);
}

/** Puts what is known of a test file together. A file whose tests broke off, or whose process failed after them, has failed. */
export function describeFile(file: string, lines: readonly ResultLine[], end: ProcessEnd): FileResult {
  const failures = lines.flatMap((line) => (line.kind === 'failure' ? [line.name] : []));
  const hasEnded = lines.some((line) => line.kind === 'end');
  if (failures.length === 0 && (!hasEnded || end.code !== 0)) failures.push('its process');
  const skipped = lines.filter((line) => line.kind === 'skip').length;
  const passed = lines.filter((line) => line.kind === 'pass').length;
  const { durationMs, cpuSeconds } = end;
  return { file, tests: passed + skipped + failures.length, skipped, durationMs, cpuSeconds, failures };
}
