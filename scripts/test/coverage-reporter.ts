// A reporter of node:test: the tests that failed, and the lines and branches that no test ran; nothing else.
import { relative } from 'node:path';
import type { TestEvent } from 'node:test/reporters';
import { projectRoot } from '../native/project.ts';

interface Covered {
  readonly path: string;
  readonly lines: readonly { readonly line: number; readonly count: number }[];
  readonly branches: readonly { readonly line: number; readonly count: number }[];
}

function* describeEvent({ type, data }: TestEvent): Generator<string> {
  if (type === 'test:fail' && data.details.type !== 'suite') {
    yield `failed: ${data.name}: ${data.details.error?.cause ?? data.details.error}`;
  }
  if (type === 'test:coverage') yield* data.summary.files.flatMap(describeFile);
}

function describeFile({ path, lines, branches }: Covered): string[] {
  const missed = ({ count }: { readonly count: number }) => count === 0;
  const list = (places: Covered['lines']) => [...new Set(places.map(({ line }) => line))].join(', ');
  const file = relative(projectRoot, path);
  const [missedLines, missedBranches] = [lines.filter(missed), branches.filter(missed)];
  return [
    ...(missedLines.length > 0 ? [`${file}: no test runs line ${list(missedLines)}`] : []),
    ...(missedBranches.length > 0 ? [`${file}: no test takes the branch at line ${list(missedBranches)}`] : []),
  ];
}

// biome-ignore lint/style/noDefaultExport: node:test takes a reporter from nothing else.
export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) for (const line of describeEvent(event)) yield `${line}\n`;
}
