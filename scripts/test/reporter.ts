// A reporter of node:test: one JSON line for each test and each test file that ended, which scripts/test.ts reads.
import { relative, resolve } from 'node:path';
import process from 'node:process';
import type { TestEvent } from 'node:test/reporters';
import type { ResultLine } from './file-results.ts';

interface Ended {
  readonly name: string;
  /** Where the test stands, which may be a module that several test files share. */
  readonly file?: string | undefined;
  /** The test file that it belongs to; not in the types yet. */
  readonly entryFile?: string | undefined;
  readonly skip?: string | boolean | undefined;
  readonly details: { readonly type?: string | undefined; readonly duration_ms: number };
}

function* describeEvent({ type, data }: TestEvent): Generator<ResultLine> {
  if (type !== 'test:pass' && type !== 'test:fail' && type !== 'test:complete') return;
  const { name, file: place, entryFile = place, skip, details } = data as Ended;
  if (entryFile === undefined) return;
  const file = relative(process.cwd(), entryFile);
  const isFile = resolve(name) === entryFile;
  if (type === 'test:complete') {
    if (isFile) yield { kind: 'end', file, durationMs: details.duration_ms };
    return;
  }
  // A suite fails when one of its tests does, which has an event of its own; the file itself when its process does.
  if (details.type === 'suite' || (isFile && type === 'test:pass')) return;
  const kind = type === 'test:fail' ? 'failure' : skip === undefined ? 'pass' : 'skip';
  yield { kind, file, name: isFile ? 'its process' : name };
}

// biome-ignore lint/style/noDefaultExport: node:test takes a reporter from nothing else.
export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    for (const line of describeEvent(event)) yield `${JSON.stringify(line)}\n`;
  }
}
