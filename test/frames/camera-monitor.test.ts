import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type CameraEvent, CameraMonitor } from '../../src/frames/camera-monitor.ts';
import { CameraRegistry } from '../../src/frames/camera-registry.ts';
import type { ConnectionStats } from '../../src/frames/received-frame.ts';
import type { ErrorCode } from '../../src/protocol/errors.ts';
import { pause } from '../../src/system/abort.ts';
import { makeReceived, makeSender } from '../support/frames.ts';
import { scaleMs } from '../support/speed.ts';

const soonMs = scaleMs(20_000);
const stallAfterMs = 100;
const wait = (ms: number) => pause(ms, new AbortController().signal);

/** A watch, and what it tells. */
class TrialWatch {
  readonly events: CameraEvent[] = [];
  readonly cameras = new CameraRegistry();
  readonly watch: CameraMonitor;
  #connections = 0;

  constructor(stallAfterMs?: number) {
    this.watch = new CameraMonitor(this.cameras, stallAfterMs, (event) => this.events.push(event));
  }

  connect(name = 'a') {
    const sender = makeSender({ name, address: `127.0.0.1:${++this.#connections}` });
    const camera = this.cameras.connected(sender);
    this.watch.connected(sender);
    const send = () => this.watch.countFrame(makeReceived({ connection: sender }));
    const leave = (failure?: ErrorCode) => {
      this.watch.disconnected(sender, failure);
      this.cameras.disconnected(sender, failure);
    };
    return { sender, camera, send, leave };
  }

  get kinds(): string[] {
    return this.events.map(({ kind }) => kind);
  }

  /** So many events, which have come or will soon. */
  async told(count: number): Promise<CameraEvent | undefined> {
    const end = performance.now() + soonMs;
    while (this.events.length < count) {
      assert.ok(performance.now() < end, `told in time: ${count} events, not ${this.kinds}`);
      await wait(10);
    }
    return this.events[count - 1];
  }

  [Symbol.dispose](): void {
    this.watch.close();
  }
}

describe('CameraMonitor', () => {
  test('tells once that a camera with two connections is up, and that it is down when both are gone', () => {
    using trial = new TrialWatch();
    const [first, second] = [trial.connect(), trial.connect()];
    const { camera } = first;
    assert.equal(second.camera, camera);
    assert.deepEqual([first.send(), second.send(), first.send()], [1, 2, 3]);
    first.leave('IDLE');
    assert.deepEqual(trial.kinds, ['up']);
    assert.equal(second.send(), 4);
    second.leave('TORN_FRAME');
    const down = { kind: 'down', camera, connection: second.sender, frames: 4, reason: 'TORN_FRAME' };
    assert.deepEqual(trial.events, [{ kind: 'up', camera, connection: first.sender }, down]);
  });

  test('counts the frames of a camera that comes again from one, and keeps cameras apart', () => {
    using trial = new TrialWatch();
    const [a, b] = [trial.connect('a'), trial.connect('b')];
    assert.deepEqual([a.send(), a.send(), b.send()], [1, 2, 1]);
    a.leave();
    const again = trial.connect('a');
    assert.equal(again.camera, a.camera);
    assert.deepEqual([again.send(), b.send()], [1, 2]);
    const told = trial.events.map(({ kind, camera }) => `${camera.key} ${kind}`);
    assert.deepEqual(told, ['a up', 'b up', 'a down', 'a up']);
  });

  test('knows who is online, with the newest of the connections', () => {
    using trial = new TrialWatch();
    const [a, b] = [trial.connect('a'), trial.connect('b')];
    const second = trial.connect('a');
    const third = trial.connect('a');
    const isOnline = (...expected: { sender: ConnectionStats }[]) =>
      assert.deepEqual(
        trial.watch.online().map(({ camera, connection }) => [camera.key, connection.address]),
        expected.map(({ sender }) => [sender.name, sender.address]),
      );
    isOnline(third, b);
    third.leave();
    isOnline(second, b);
    a.leave();
    isOnline(second, b);
    second.leave();
    isOnline(b);
    b.leave();
    isOnline();
  });

  test('tells once of a stall and of its end, and of the next stall', async () => {
    using trial = new TrialWatch(stallAfterMs);
    const [first, second] = [trial.connect(), trial.connect()];
    const { camera } = first;
    first.send();
    const stall = await trial.told(2);
    assert.ok(stall?.kind === 'stall' && stall.stalledMs >= stallAfterMs);
    assert.deepEqual([stall.camera, stall.connection, stall.frames], [camera, second.sender, 1]);
    await wait(5 * stallAfterMs);
    first.send();
    first.send();
    const resume = trial.events[2];
    assert.ok(resume?.kind === 'resume' && resume.stalledMs >= stall.stalledMs);
    assert.deepEqual([resume.camera, resume.connection], [camera, first.sender]);
    const again = await trial.told(4);
    assert.ok(again?.kind === 'stall' && again.frames === 3);
    assert.deepEqual(trial.kinds, ['up', 'stall', 'resume', 'stall']);
  });

  test('tells of a stall before the first frame, and of none of a camera that is gone', async () => {
    using trial = new TrialWatch(stallAfterMs);
    const [a, b] = [trial.connect('a'), trial.connect('b')];
    b.leave();
    const stall = await trial.told(4);
    assert.ok(stall?.kind === 'stall' && stall.camera === a.camera && stall.frames === 0);
    a.leave();
    await wait(5 * stallAfterMs);
    assert.deepEqual(trial.kinds, ['up', 'up', 'down', 'stall', 'down']);
  });

  test('tells of no stall when these are not watched', async () => {
    using trial = new TrialWatch();
    const { send } = trial.connect();
    await wait(5 * stallAfterMs);
    send();
    assert.deepEqual(trial.kinds, ['up']);
  });

  test('tells nothing after it was closed', async () => {
    using trial = new TrialWatch(stallAfterMs);
    const { send, leave } = trial.connect();
    trial.watch.close();
    assert.equal(send(), 0);
    leave('IDLE');
    trial.connect('b').leave();
    await wait(5 * stallAfterMs);
    assert.deepEqual([trial.kinds, trial.watch.online()], [['up'], []]);
  });

  test('takes no notice of a sender that has not arrived', () => {
    using trial = new TrialWatch();
    const { send } = trial.connect();
    const stranger = makeSender({ name: 'a' });
    for (const isRegistered of [false, true]) {
      if (isRegistered) trial.cameras.connected(stranger);
      assert.equal(trial.watch.countFrame(makeReceived({ connection: stranger })), 0);
      trial.watch.disconnected(stranger, undefined);
    }
    assert.deepEqual([trial.kinds, send()], [['up'], 1]);
  });
});
