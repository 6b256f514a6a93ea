import { readFile } from 'node:fs/promises';

/** What one test file did in one run. */
export interface FileResult {
  readonly file: string;
  /** Those that passed, failed, or were skipped. */
  readonly tests: number;
  readonly skipped: number;
  readonly durationMs: number;
  /** Names of the tests that failed; empty when the file passed. */
  readonly failures: readonly string[];
}

/** One line of the file that the reporter writes: a test that ended, or a test file that did. */
export type ResultLine =
  | { readonly kind: 'pass' | 'skip' | 'failure'; readonly file: string; readonly name: string }
  | { readonly kind: 'end'; readonly file: string; readonly durationMs: number };

/** Reads what the reporter wrote about each of `files`. */
export async function readResults(path: string, files: readonly string[]): Promise<FileResult[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
  return combineLines(
    lines.map((line) => JSON.parse(line) as ResultLine),
    files,
  );
}

/** Puts the lines of one run together. A file whose end is not told, as the whole run broke off, counts as failed. */
export function combineLines(lines: readonly ResultLine[], files: readonly string[]): FileResult[] {
  return files.map((file) => {
    const own = lines.filter((line) => line.file === file);
    const failures = own.flatMap((line) => (line.kind === 'failure' ? [line.name] : []));
    const end = own.find((line) => line.kind === 'end');
    if (end === undefined && failures.length === 0) failures.push('it did not end');
    const skipped = own.filter((line) => line.kind === 'skip').length;
    const tests = own.filter((line) => line.kind !== 'end').length;
    return { file, tests, skipped, durationMs: end?.durationMs ?? 0, failures };
  });
}
