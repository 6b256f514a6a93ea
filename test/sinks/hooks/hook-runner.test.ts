import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HookEvent } from '../../../src/sinks/hooks/hook-event.ts';
import { HookRunner } from '../../../src/sinks/hooks/hook-runner.ts';
import { pause } from '../../../src/system/abort.ts';
import type { Child, ChildEnd } from '../../../src/system/child.ts';
import { LimitedLog } from '../../../src/system/limited-log.ts';
import { FakeTime } from '../../support/fake-time.ts';
import { settle } from '../../support/frames.ts';
import { TrialLog } from '../../support/trial-log.ts';

/** A program that does not even die of SIGKILL, until the test lets it. */
class HungChild {
  readonly lastWords = '';
  readonly #over = new AbortController();

  end(): void {
    this.#over.abort();
  }

  async ended(timeoutMs: number): Promise<ChildEnd | undefined> {
    await pause(timeoutMs, this.#over.signal);
    return this.#over.signal.aborted ? { isGood: false, how: 'was ended by SIGKILL' } : undefined;
  }

  async stop(): Promise<void> {}
}

function openRunner(timeoutMs = 60_000) {
  const children: HungChild[] = [];
  const log = new TrialLog();
  const start = async () => {
    const child = new HungChild();
    children.push(child);
    return child as unknown as Child;
  };
  const options = { command: { path: '/bin/true', args: [] }, timeoutMs, start };
  const runner = new HookRunner('connect', options, new LimitedLog(log, 2));
  const add = (camera: string) => runner.add({ kind: 'connect', camera, host: '', details: {} } satisfies HookEvent);
  return { runner, children, log, add };
}

test('HookRunner starts no second command beside one that does not die', async () => {
  using time = new FakeTime();
  const { runner, children, log, add } = openRunner(20);
  for (const camera of ['a', 'b']) add(camera);
  await time.pass(100);
  assert.deepEqual([children.length, runner.failures, runner.waiting.events], [1, 1, 1]);
  assert.deepEqual(log.lines, [
    'warn: The --on-connect command for a took more than 0.02 s and was ended',
    'warn: The --on-connect command for a hangs in the system: none is run until it is gone',
  ]);
  children[0]?.end();
  await time.pass(100);
  assert.equal(children.length, 2);
  children[1]?.end();
  await runner.idle();
});

test('HookRunner gives up without waiting for a command that does not die', async () => {
  const { runner, children, add } = openRunner();
  for (const camera of ['a', 'b']) add(camera);
  await settle();
  await runner.giveUp();
  add('c');
  assert.deepEqual([children.length, runner.failures, runner.dropped, runner.waiting.events], [1, 1, 2, 0]);
  children[0]?.end();
  await runner.idle();
});

test('HookRunner has counted and told of what it ends, and of what is just being started, when it has given up', async () => {
  for (const isStarted of [true, false]) {
    const { runner, children, log, add } = openRunner();
    for (const camera of ['a', 'b']) add(camera);
    if (isStarted) await settle();
    await runner.giveUp();
    assert.deepEqual([runner.done, runner.failures, runner.dropped], [0, 1, 1]);
    assert.equal(log.lines[0], 'warn: The --on-connect command for a did not end before the receiver and was ended');
    for (const child of children) child.end();
  }
});
