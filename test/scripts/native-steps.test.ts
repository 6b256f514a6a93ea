import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Scratch } from '../../scripts/cli/scratch.ts';
import { type StepRunner, startSteps } from '../../scripts/native/steps.ts';
import { until } from '../support/until.ts';

/** Runs two chains side by side, and gives the steps that ran, which are not those of before. */
async function runBoth(folder: string, inputs: Readonly<Record<string, string>>): Promise<string[]> {
  const ran: string[] = [];
  const steps = startSteps(folder, 'test', 'seed', {});
  const run = (runner: StepRunner, name: string) =>
    runner.runStep(name, inputs[name], async () => {
      ran.push(name);
    });
  await run(steps, 'first');
  const side = run(steps.fork(), 'side');
  const main = run(steps, 'main');
  assert.deepEqual(await steps.waitForAll([side, main]), [join(folder, 'side'), join(folder, 'main')]);
  await run(steps, 'last');
  return ran.sort();
}

describe('steps of the native build', () => {
  test('a step runs again when its inputs or those of a step before it have changed, and not for a chain beside it', async () => {
    using scratch = new Scratch('steps');
    const inputs = { first: '1', side: '1', main: '1', last: '1' };
    assert.deepEqual(await runBoth(scratch.path, inputs), ['first', 'last', 'main', 'side']);
    assert.deepEqual(await runBoth(scratch.path, inputs), []);
    assert.deepEqual(await runBoth(scratch.path, { ...inputs, side: '2' }), ['side']);
    assert.deepEqual(await runBoth(scratch.path, { ...inputs, side: '2', main: '2' }), ['last', 'main']);
    assert.deepEqual(await runBoth(scratch.path, { ...inputs, first: '2' }), ['first', 'last', 'main', 'side']);
  });

  test('chains that are forked run at the same time', async () => {
    using scratch = new Scratch('steps');
    const steps = startSteps(scratch.path, 'test', 'seed', {});
    const [a, b] = ['a', 'b'].map((name) => join(scratch.path, `${name}.begun`)) as [string, string];
    const meet = (runner: StepRunner, name: string, own: string, other: string) =>
      runner.runStep(name, '', async () => {
        await writeFile(own, '');
        await until(() => existsSync(other), `${other} to be there`);
      });
    await steps.waitForAll([meet(steps.fork(), 'a', a, b), meet(steps, 'b', b, a)]);
  });

  test('the commands of the other chain end when a step fails, and its error is the one that is told', async () => {
    using scratch = new Scratch('steps');
    const steps = startSteps(scratch.path, 'test', 'seed', {});
    const begun = Promise.withResolvers<void>();
    const long = steps.fork().runStep('long', '', async (step) => {
      const running = step.run('sleep', ['600']);
      begun.resolve();
      await running;
    });
    const short = begun.promise.then(() =>
      steps.runStep('short', '', async (step) => {
        await step.run('false', []);
      }),
    );
    await assert.rejects(steps.waitForAll([long, short]), /^Error: false ended with 1: see .*short\.log$/);
    await assert.rejects(long, { name: 'Error' });
    await assert.rejects(
      steps.runStep('later', '', async () => {}),
      /false ended with 1/,
    );
  });
});
