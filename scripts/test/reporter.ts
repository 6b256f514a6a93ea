// A reporter of node:test: one JSON line for each test that failed and each test file that ended, which scripts/test.ts reads.
import { relative } from 'node:path';
import process from 'node:process';
import type { TestEvent } from 'node:test/reporters';
import type { ResultLine } from './file-results.ts';

function describeEvent({ type, data }: TestEvent): ResultLine | undefined {
  if ((type !== 'test:fail' && type !== 'test:summary') || data.file === undefined) return undefined;
  const file = relative(process.cwd(), data.file);
  if (type === 'test:summary') {
    const { counts, duration_ms: durationMs, success } = data;
    return { kind: 'end', file, success, tests: counts.tests, skipped: counts.skipped, durationMs };
  }
  // A suite fails when one of its tests does, which has an event of its own.
  return data.details.type === 'suite' ? undefined : { kind: 'failure', file, name: data.name };
}

// biome-ignore lint/style/noDefaultExport: node:test takes a reporter from nothing else.
export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    const line = describeEvent(event);
    if (line !== undefined) yield `${JSON.stringify(line)}\n`;
  }
}
