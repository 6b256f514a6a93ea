import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseNames, watchExpected } from '../../../src/cli/receiver/expected.ts';
import { CameraRegistry } from '../../../src/frames/camera-registry.ts';
import { CameraForgetter } from '../../../src/frames/forget-camera.ts';
import { FakeTime } from '../../support/fake-time.ts';
import { makeSender } from '../../support/frames.ts';
import { LineLog, silentLog } from '../../support/trial-log.ts';

describe('A file of expected cameras', () => {
  test('has one name in each line, once, between comments', () => {
    assert.deepEqual(parseNames('# mine\n\n garden \r\nKu\u0308che\nK\u00fcche\n#cellar\n'), ['garden', 'K\u00fcche']);
    assert.deepEqual(parseNames(''), []);
  });

  test('is refused with the line that is no name, or with too many', () => {
    assert.throws(() => parseNames('a\nb\u0007\n'), /each line must be a name of 1 to 64 bytes .*: one is "b\\u0007"/);
    assert.throws(() => parseNames('x'.repeat(65)), /1 to 64 bytes/);
    const names = (count: number) => Array.from({ length: count }, (_, i) => `c${i}`).join('\n');
    assert.equal(parseNames(names(1000)).length, 1000);
    assert.throws(() => parseNames(names(1001)), /at most 1000 names: it has 1001/);
  });
});

describe('An expected camera', () => {
  function watch(time: FakeTime) {
    const cameras = new CameraRegistry([], ['garden']);
    const log = new LineLog();
    const stop = new AbortController();
    const missing: string[] = [];
    cameras.events.listen({ stallAfterMs: undefined }, ({ kind, camera }) => {
      if (kind === 'missing') missing.push(camera.key);
    });
    watchExpected(1000, cameras, log, stop.signal);
    const connect = (name = 'garden') => {
      const sender = makeSender({ name });
      cameras.connected(sender);
      return () => cameras.disconnected(sender, undefined);
    };
    return { cameras, log, stop, missing, connect, pass: (ms: number) => time.pass(ms) };
  }

  test('is missing once if it has not come in time, and again if it is away for so long later', async () => {
    using time = new FakeTime();
    const { log, missing, connect, pass, stop } = watch(time);
    await pass(999);
    assert.deepEqual(missing, []);
    await pass(5000);
    assert.deepEqual([missing, log.lines], [['garden'], ['garden has not come for 1 s (--expect-within)']]);
    const leave = connect();
    await pass(5000);
    leave();
    await pass(999);
    assert.equal(missing.length, 1);
    await pass(5000);
    assert.deepEqual(missing, ['garden', 'garden']);
    assert.equal(log.lines.at(-1), 'garden has been away for 1 s (--expect-within)');
    stop.abort();
  });

  test('is not missing if it comes, or comes back, in time', async () => {
    using time = new FakeTime();
    const { missing, connect, pass, stop } = watch(time);
    for (let i = 0; i < 3; i++) {
      await pass(900);
      const leave = connect();
      await pass(100);
      leave();
    }
    connect();
    await pass(3000);
    assert.deepEqual(missing, []);
    stop.abort();
  });

  test('is missing as before if a user has forgotten it, and others never are', async () => {
    using time = new FakeTime();
    const { cameras, missing, connect, pass, stop } = watch(time);
    connect('cellar')();
    await pass(500);
    assert.equal(await new CameraForgetter(cameras, silentLog).forget('garden'), undefined);
    await pass(5000);
    assert.deepEqual(missing, ['garden']);
    stop.abort();
  });

  test('is not watched when the receiver ends', async () => {
    using time = new FakeTime();
    const { missing, connect, pass, stop } = watch(time);
    stop.abort();
    connect()();
    await pass(5000);
    assert.deepEqual(missing, []);
  });
});
