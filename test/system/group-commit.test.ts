import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GroupCommit } from '../../src/system/group-commit.ts';
import { settle } from '../support/frames.ts';

test('GroupCommit does once for all callers while another is running, and later for later callers', async () => {
  const running: PromiseWithResolvers<void>[] = [];
  const group = new GroupCommit(() => {
    running.push(Promise.withResolvers());
    return running.at(-1)?.promise ?? Promise.resolve();
  });
  const done: string[] = [];
  const ask = (name: string) =>
    group.request().then(
      () => done.push(name),
      () => done.push(`${name} failed`),
    );
  void ask('a');
  await settle();
  for (const name of ['b', 'c']) void ask(name);
  await settle();
  assert.deepEqual([running.length, done], [1, []]);
  running[0]?.resolve();
  await settle();
  assert.deepEqual([running.length, done], [2, ['a']]);
  void ask('d');
  running[1]?.reject(new Error('the disk is gone'));
  await settle();
  assert.deepEqual([running.length, done], [3, ['a', 'b failed', 'c failed']]);
  running[2]?.resolve();
  await settle();
  assert.deepEqual(done, ['a', 'b failed', 'c failed', 'd']);
});
