import { globSync } from 'node:fs';

/** Suites that take longest, which begin first. One that is not named here, or no longer there, does no harm. */
const longest = [
  'faults',
  'node',
  'deno',
  'service-guest',
  'arm64',
  'packaged',
  'faults-packaged',
  'faults-deno',
  'web',
  'nats-crowd',
  'plain',
  'record',
  'plain-hostile',
  'forwarding',
  'camera',
  'arrival',
];

export interface FileChoice {
  /** Part of the paths of those that are wanted; all without. */
  readonly text: string;
  /** Without the suites that start programs. */
  readonly isQuick: boolean;
}

/** The test files in the order in which they begin, from the longest on; paths relative to `root`. */
export function chooseFiles(root: string, { text, isQuick }: FileChoice): string[] {
  const files = globSync('test/**/*.test.ts', { cwd: root }).filter(
    (file) => file.includes(text) && !(isQuick && isEndToEnd(file)),
  );
  return files.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

const isEndToEnd = (file: string): boolean => file.startsWith('test/e2e/');

function rank(file: string): number {
  const place = longest.findIndex((name) => file === `test/e2e/${name}.test.ts`);
  if (place >= 0) return place;
  return isEndToEnd(file) ? longest.length : longest.length + 1;
}
