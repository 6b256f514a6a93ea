import type { FileResult } from './file-results.ts';
import type { TestRun } from './run-files.ts';

const slowestCount = 10;

/** The closing lines of a run of the tests, and whether each file passed at last. */
export function describeRun({ first, second }: TestRun): { readonly lines: string[]; readonly isGood: boolean } {
  const lines = describeSlowest(first);
  let flaky = 0;
  let failed = 0;
  for (const { file, failures } of first.filter((result) => result.failures.length > 0)) {
    const again = second.find((result) => result.file === file);
    if (again?.failures.length === 0) {
      flaky++;
      lines.push(`flaky: ${file}: passed alone; failed before: ${failures.join('; ')}`);
    } else {
      failed++;
      lines.push(`failed${again === undefined ? '' : ' twice'}: ${file}: ${(again?.failures ?? failures).join('; ')}`);
    }
  }
  const tests = sum(first, (result) => result.tests);
  const skipped = sum(first, (result) => result.skipped);
  lines.push(`${tests} tests in ${first.length} files, ${skipped} skipped; ${flaky} files flaky, ${failed} failed`);
  return { lines, isGood: failed === 0 && tests > skipped };
}

function sum(results: readonly FileResult[], measure: (result: FileResult) => number): number {
  return results.reduce((total, result) => total + measure(result), 0);
}

function describeSlowest(results: readonly FileResult[]): string[] {
  const slowest = [...results].sort((a, b) => b.durationMs - a.durationMs).slice(0, slowestCount);
  const cpuSeconds = sum(results, (result) => result.cpuSeconds);
  return [
    `slowest test files, seconds and those of a processor, of which all files took ${cpuSeconds.toFixed(0)}:`,
    ...slowest.map(({ file, durationMs, cpuSeconds }) => `${pad(durationMs / 1000)} ${pad(cpuSeconds)} ${file}`),
  ];
}

function pad(seconds: number): string {
  return seconds.toFixed(0).padStart(4);
}
