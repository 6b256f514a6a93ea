import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestEvent } from 'node:test/reporters';
import { projectRoot } from '../../scripts/native/project.ts';
import report from '../../scripts/test/coverage-reporter.ts';

async function print(events: readonly unknown[]): Promise<string[]> {
  async function* give(): AsyncGenerator<TestEvent> {
    yield* events as TestEvent[];
  }
  const lines: string[] = [];
  for await (const line of report(give())) lines.push(line);
  return lines;
}

const file = (name: string, lines: readonly number[], branches: readonly number[]) => ({
  path: join(projectRoot, 'src', name),
  lines: [1, 2, 3].map((line) => ({ line, count: lines.includes(line) ? 1 : 0 })),
  branches: [2, 2].map((line, i) => ({ line, count: branches[i] ?? 0 })),
});

test('the reporter of coverage prints the lines and branches that no test ran, and no other', async () => {
  const files = [file('a.ts', [1, 2, 3], [4, 4]), file('b.ts', [1], [4]), file('c.ts', [1, 2, 3], [])];
  assert.deepEqual(await print([{ type: 'test:coverage', data: { summary: { files } } }]), [
    'src/b.ts: no test runs line 2, 3\n',
    'src/b.ts: no test takes the branch at line 2\n',
    'src/c.ts: no test takes the branch at line 2\n',
  ]);
});

test('the reporter of coverage prints the tests that failed, but not their suites', async () => {
  const fail = (name: string, type: string) => ({
    type: 'test:fail',
    data: { name, details: { type, error: new Error('it is', { cause: new Error('why') }) } },
  });
  assert.deepEqual(await print([fail('one', 'test'), fail('all', 'suite'), { type: 'test:pass', data: {} }]), [
    'failed: one: Error: why\n',
  ]);
});
