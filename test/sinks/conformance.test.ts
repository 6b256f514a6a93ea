import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Option } from '../../src/options/option.ts';
import { sinks } from '../../src/sinks/registry.ts';
import { scaleMs } from '../support/speed.ts';
import { openers, TrialSink } from './trial-sinks.ts';

/** Longest close of any sink: hooks have five seconds, and a queue may have as many before. */
const closeMs = scaleMs(20_000);
const many = 200;
const sequences = Array.from({ length: many }, (_, i) => i + 1);
/** Their frames count when somebody is shown them. */
const uncounted = ['web'];

test('every sink of the registry that needs no screen is held to the contract of sinks', () => {
  const needsScreen = ['window'];
  assert.deepEqual(
    Object.keys(openers).sort(),
    sinks
      .map(({ name }) => name)
      .filter((name) => !needsScreen.includes(name))
      .sort(),
  );
});

test('the help of --json names each sink that needs no line for each frame', () => {
  const json: Option | undefined = sinks.find(({ name }) => name === 'lines')?.options['json'];
  const replacing = sinks.filter(({ replacesLines }) => replacesLines).map(({ options }) => Object.keys(options)[0]);
  const named = [...(json?.without ?? '').matchAll(/--([a-z-]+)/g)].map(([, name]) => name);
  assert.deepEqual(named.sort(), replacing.sort());
});

/** The contract of each sink with the pipeline, whatever it does with frames. */
for (const [name, opener] of Object.entries(openers)) {
  describe(`the sink ${name}`, { timeout: 4 * closeMs }, () => {
    test('takes a frame of a sender that wants it taken, and says so when it is done with it', async () => {
      await using trial = await TrialSink.open(opener);
      const { send } = trial.connect('every');
      assert.equal(await send(1), true);
    });

    test('does not keep a sender waiting that would rather lose frames, and counts each as done or dropped', async () => {
      await using trial = await TrialSink.open(opener);
      const { send, leave } = trial.connect('latest');
      for (const sequence of sequences) assert.equal(send(sequence), true);
      leave();
      await trial.stop();
      if (!uncounted.includes(name)) assert.equal(trial.counted, many);
    });

    test('answers for each of many frames of a sender that wants all taken, and drops none', async () => {
      await using trial = await TrialSink.open(opener);
      const { send } = trial.connect('every');
      const answers = await Promise.all(sequences.map((sequence) => send(sequence)));
      assert.ok(answers.every((isTaken) => isTaken === true));
    });

    test('tells frames of several cameras apart that come and go at the same time', async () => {
      await using trial = await TrialSink.open(opener);
      const cameras = [1, 2, 3].map(() => trial.connect('every'));
      const answers = cameras.flatMap(({ send }) => [send(1), send(2)]);
      for (const { leave } of cameras) leave();
      assert.ok((await Promise.all(answers)).every((isTaken) => isTaken === true));
    });

    test('closes in time with frames that wait, and answers for those before that', async () => {
      const trial = await TrialSink.open(opener);
      const [sure, droppable] = [trial.connect('every'), trial.connect('latest')];
      const answers = sequences.map((sequence) => sure.send(sequence));
      for (const sequence of sequences) droppable.send(sequence);
      const startMs = performance.now();
      await trial.stop();
      assert.ok(performance.now() - startMs < closeMs);
      for (const isTaken of await Promise.all(answers)) assert.equal(typeof isTaken, 'boolean');
      await trial[Symbol.asyncDispose]();
    });

    test('closes when cameras came and went without a frame', async () => {
      await using trial = await TrialSink.open(opener);
      for (const delivery of ['every', 'latest'] as const) trial.connect(delivery).leave();
      await trial.stop();
      assert.equal(trial.counted, 0);
    });

    test('does not throw at a frame that comes behind its end', async () => {
      const trial = await TrialSink.open(opener);
      const { frame, send } = trial.connect('latest');
      await send(1);
      await trial.stop();
      assert.equal(typeof (await trial.sink.write(frame(2))), 'boolean');
      await trial[Symbol.asyncDispose]();
    });

    test('has its work going on, as long as nothing hangs', async () => {
      await using trial = await TrialSink.open(opener);
      const { send } = trial.connect('every');
      for (const sequence of [1, 2, 3]) await send(sequence);
      assert.equal(trial.pipeline.isFlowing(), true);
    });
  });
}
