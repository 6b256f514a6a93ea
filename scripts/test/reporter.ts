// A reporter of node:test: one JSON line for each test that ended and one at the end, which run-file.ts reads.
import type { TestEvent } from 'node:test/reporters';
import type { ResultLine } from './file-results.ts';

interface Ended {
  readonly name: string;
  readonly skip?: string | boolean | undefined;
  readonly details: { readonly type?: string | undefined };
}

function* describeEvent({ type, data }: TestEvent): Generator<ResultLine> {
  if (type !== 'test:pass' && type !== 'test:fail') return;
  const { name, skip, details } = data as Ended;
  // A suite fails when one of its tests does, which has an event of its own.
  if (details.type === 'suite') return;
  yield { kind: type === 'test:fail' ? 'failure' : skip === undefined ? 'pass' : 'skip', name };
}

const write = (line: ResultLine): string => `${JSON.stringify(line)}\n`;

// biome-ignore lint/style/noDefaultExport: node:test takes a reporter from nothing else.
export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    for (const line of describeEvent(event)) yield write(line);
  }
  yield write({ kind: 'end' });
}
