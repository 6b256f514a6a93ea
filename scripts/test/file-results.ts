import { readFile } from 'node:fs/promises';

/** What one test file did in one run. */
export interface FileResult {
  readonly file: string;
  readonly tests: number;
  readonly skipped: number;
  readonly durationMs: number;
  /** Names of the tests that failed; empty when the file passed. */
  readonly failures: readonly string[];
}

/** One line of the file that the reporter writes: a test that failed, or a test file that ended. */
export type ResultLine =
  | { readonly kind: 'failure'; readonly file: string; readonly name: string }
  | ({ readonly kind: 'end'; readonly success: boolean } & Omit<FileResult, 'failures'>);

/** Reads what the reporter wrote about each of `files`. */
export async function readResults(path: string, files: readonly string[]): Promise<FileResult[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
  return combineLines(
    lines.map((line) => JSON.parse(line) as ResultLine),
    files,
  );
}

/** Puts the lines of one run together. A file whose end is not told, as its process died, counts as failed. */
export function combineLines(lines: readonly ResultLine[], files: readonly string[]): FileResult[] {
  return files.map((file) => {
    const own = lines.filter((line) => line.file === file);
    const failures = own.filter((line) => line.kind === 'failure').map(({ name }) => name);
    const end = own.find((line) => line.kind === 'end');
    if (end?.success !== true && failures.length === 0) failures.push('the test file did not end well');
    const { tests = 0, skipped = 0, durationMs = 0 } = end ?? {};
    return { file, tests, skipped, durationMs, failures };
  });
}
