import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { SenderResult } from '../../src/delivery/uplink.ts';
import { LabelChanges } from '../../src/results/label-changes.ts';
import { ResultProgram } from '../../src/results/result-program.ts';
import { makeResult } from '../support/results.ts';
import { TrialLog } from '../support/trial-log.ts';
import { until } from '../support/until.ts';

interface Place extends AsyncDisposable {
  readonly file: string;
  /** Lines of the file, which programs of the test write. */
  read(): Promise<string[]>;
}

async function makePlace(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'is-results-'));
  const file = join(folder, 'lines');
  return {
    file,
    read: async () => (await readFile(file, 'utf8').catch(() => '')).split('\n').filter((line) => line !== ''),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

const shell = (script: string, ...args: string[]) => ({ path: '/bin/sh', args: ['-c', script, 'sh', ...args] });
const labelled = (...labels: string[]): SenderResult =>
  makeResult({ detections: labels.map((label) => ({ label, confidence: 1, box: [0, 0, 1, 1] })) });

describe('the program of --on-result', () => {
  test('gets a line for each result and event, and ends when its input does', async () => {
    await using place = await makePlace();
    const program = new ResultProgram(shell('cat >"$1"; echo end >>"$1"', place.file), new TrialLog());
    program.event('stale');
    program.start();
    await until(async () => (await place.read()).length === 1);
    program.event('fresh');
    program.result(makeResult(), '{"sequence":1}');
    await until(async () => (await place.read()).length === 3);
    await program.close();
    assert.deepEqual(await place.read(), ['{"event":"stale"}', '{"event":"fresh"}', '{"sequence":1}', 'end']);
    assert.equal(program.dropped, 0);
  });

  test('starts again when it ends, and is told the last event', async () => {
    await using place = await makePlace();
    const log = new TrialLog();
    const program = new ResultProgram(
      shell('read line; echo "$line" >>"$1"; echo no lamp >&2; exit 3', place.file),
      log,
    );
    program.event('stale');
    program.start();
    await until(async () => (await place.read()).length === 2);
    assert.deepEqual(await place.read(), ['{"event":"stale"}', '{"event":"stale"}']);
    assert.match(
      log.lines[0] ?? '',
      /^warn: The program of --on-result ended with status 3 \(no lamp\) after .* it starts again in 1 s \[OUTPUT_FAILED\]$/,
    );
    await program.close();
  });

  test('that does not read loses results, which are counted, and costs no memory', async () => {
    const log = new TrialLog();
    const program = new ResultProgram({ path: '/bin/sleep', args: ['1000'] }, log);
    program.start();
    const line = 'x'.repeat(1000);
    await until(() => {
      for (let i = 0; i < 100; i++) program.result(makeResult(), line);
      return program.dropped > 5000 && log.lines.length > 0;
    });
    assert.match(log.lines[0] ?? '', /slower than the results come/);
    await program.close();
  });
});

describe('the command of --on-result-change', () => {
  const print = shell('echo "$IMAGE_SOCKET_EVENT:$IMAGE_SOCKET_LABELS" >>"$1"', '');

  test('runs when the set of labels changes, and when results are stale', async () => {
    await using place = await makePlace();
    const changes = new LabelChanges({ ...print, args: [...print.args.slice(0, -1), place.file] }, new TrialLog());
    const steps: [act: () => void, said: string][] = [
      [() => changes.result(labelled('person', 'car', 'person'), '{}'), 'labels:car,person'],
      [() => changes.result(labelled(), '{}'), 'labels:'],
      [() => changes.event('stale'), 'stale:'],
      [() => changes.result(labelled('a,b'), '{}'), 'labels:a b'],
    ];
    for (const [i, [act, said]] of steps.entries()) {
      // Twice the same is no change.
      for (let j = 0; j < 2; j++) act();
      await until(async () => (await place.read()).length === i + 1);
      assert.equal((await place.read()).at(-1), said);
    }
    changes.event('fresh');
    await changes.close();
    assert.equal((await place.read()).length, steps.length);
  });

  test('runs once at a time, and for the newest set', async () => {
    await using place = await makePlace();
    const slow = shell('sleep 0.3; echo "$IMAGE_SOCKET_LABELS" >>"$1"', place.file);
    const changes = new LabelChanges(slow, new TrialLog());
    for (const label of ['a', 'b', 'c']) changes.result(labelled(label), '{}');
    await until(async () => (await place.read()).length === 2);
    assert.deepEqual(await place.read(), ['a', 'c']);
    assert.equal(changes.dropped, 1);
    await changes.close();
  });

  test('is told in the log when it fails', async () => {
    const log = new TrialLog();
    const changes = new LabelChanges(shell('echo no lamp >&2; exit 3'), log);
    changes.result(labelled('a'), '{}');
    await until(() => log.lines.length > 0);
    assert.deepEqual(log.lines, [
      'warn: The command of --on-result-change ended with status 3: no lamp [OUTPUT_FAILED]',
    ]);
    const missing = new LabelChanges({ path: '/does/not/exist', args: [] }, log);
    missing.result(labelled('a'), '{}');
    await until(() => log.lines.length > 1);
    assert.match(log.lines[1] ?? '', /could not be started: there is no such file/);
    for (const one of [changes, missing]) await one.close();
  });
});
