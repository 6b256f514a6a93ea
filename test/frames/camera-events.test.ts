import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ErrorCode } from '../../src/errors.ts';
import type { CameraEvent } from '../../src/frames/camera-events.ts';
import { CameraRegistry } from '../../src/frames/camera-registry.ts';
import { FakeTime } from '../support/fake-time.ts';
import { makeReceived, makeSender } from '../support/frames.ts';

const stallAfterMs = 100;
/** Until a stall is told: what waits in the kernel has a last chance before. */
const toldAfterMs = stallAfterMs + 100;

/** Cameras, and one listener to their events. */
class TrialCameras {
  readonly told: CameraEvent[] = [];
  readonly cameras = new CameraRegistry();
  readonly stopListening: () => void;
  #connections = 0;

  constructor(stallAfterMs?: number) {
    this.stopListening = this.listen(stallAfterMs, this.told);
  }

  listen(stallAfterMs: number | undefined, told: CameraEvent[]): () => void {
    return this.cameras.events.listen({ stallAfterMs }, (event) => told.push(event));
  }

  connect(name = 'a') {
    const connection = makeSender({ name, address: `127.0.0.1:${++this.#connections}` });
    const camera = this.cameras.connected(connection);
    const send = () => this.cameras.countFrame(makeReceived({ connection }));
    const leave = (failure?: ErrorCode) => this.cameras.disconnected(connection, failure);
    return { connection, camera, send, leave };
  }

  get kinds(): string[] {
    return this.told.map(({ kind }) => kind);
  }

  [Symbol.dispose](): void {
    this.stopListening();
  }
}

describe('CameraEvents', () => {
  test('tells once that a camera with two connections is up, and that it is down when both are gone', () => {
    using trial = new TrialCameras();
    const [first, second] = [trial.connect(), trial.connect()];
    const { camera } = first;
    assert.equal(second.camera, camera);
    for (const { send } of [first, second, first]) send();
    first.leave('IDLE');
    assert.deepEqual(trial.kinds, ['up']);
    second.send();
    second.leave('TORN_FRAME');
    const down = { kind: 'down', camera, connection: second.connection, frames: 4, reason: 'TORN_FRAME' };
    assert.deepEqual(trial.told, [{ kind: 'up', camera, connection: first.connection }, down]);
  });

  test('counts the frames of a camera that comes again from one, and keeps cameras apart', () => {
    using trial = new TrialCameras();
    const [a, b] = [trial.connect('a'), trial.connect('b')];
    for (const { send } of [a, a, b]) send();
    a.leave();
    const again = trial.connect('a');
    assert.equal(again.camera, a.camera);
    for (const { send } of [again, b, b]) send();
    for (const { leave } of [again, b]) leave();
    const told = trial.told.map((event) => `${event.camera.key} ${event.kind === 'down' ? event.frames : event.kind}`);
    assert.deepEqual(told, ['a up', 'b up', 'a 2', 'a up', 'a 1', 'b 3']);
  });

  test('tells once of a stall and of its end, and of the next stall', async () => {
    using time = new FakeTime();
    using trial = new TrialCameras(stallAfterMs);
    const [first, second] = [trial.connect(), trial.connect()];
    const { camera } = first;
    first.send();
    await time.pass(toldAfterMs);
    const stall = trial.told[1];
    assert.ok(stall?.kind === 'stall' && stall.stalledMs === toldAfterMs);
    assert.deepEqual([stall.camera, stall.connection, stall.frames], [camera, second.connection, 1]);
    await time.pass(5 * stallAfterMs);
    first.send();
    first.send();
    const resume = trial.told[2];
    assert.ok(resume?.kind === 'resume' && resume.stalledMs === toldAfterMs + 5 * stallAfterMs);
    assert.deepEqual([resume.camera, resume.connection], [camera, first.connection]);
    await time.pass(toldAfterMs);
    const again = trial.told[3];
    assert.ok(again?.kind === 'stall' && again.frames === 3);
    assert.deepEqual(trial.kinds, ['up', 'stall', 'resume', 'stall']);
  });

  test('tells of a stall before the first frame, and of none of a camera that is gone', async () => {
    using time = new FakeTime();
    using trial = new TrialCameras(stallAfterMs);
    const [a, b] = [trial.connect('a'), trial.connect('b')];
    b.leave();
    await time.pass(toldAfterMs);
    const stall = trial.told[3];
    assert.ok(stall?.kind === 'stall' && stall.camera === a.camera && stall.frames === 0);
    a.leave();
    await time.pass(5 * stallAfterMs);
    assert.deepEqual(trial.kinds, ['up', 'up', 'down', 'stall', 'down']);
  });

  test('tells of no stall when these are not watched', async () => {
    using time = new FakeTime();
    using trial = new TrialCameras();
    const { send } = trial.connect();
    await time.pass(5 * stallAfterMs);
    send();
    assert.deepEqual(trial.kinds, ['up']);
  });

  test('tells each listener of stalls by its own time, and of the end of those that it was told of', async () => {
    using time = new FakeTime();
    using trial = new TrialCameras(stallAfterMs);
    const others: CameraEvent[] = [];
    const stopOther = trial.listen(60_000, others);
    const { send } = trial.connect();
    await time.pass(toldAfterMs);
    assert.equal(trial.told[1]?.kind, 'stall');
    send();
    stopOther();
    assert.deepEqual(trial.kinds, ['up', 'stall', 'resume']);
    assert.deepEqual(
      others.map(({ kind }) => kind),
      ['up'],
    );
  });

  test('tells a listener that comes later of what happens from then on, stalls of cameras that are there too', async () => {
    using time = new FakeTime();
    using trial = new TrialCameras();
    const { camera, connection } = trial.connect();
    const later: CameraEvent[] = [];
    const stopLater = trial.listen(stallAfterMs, later);
    await time.pass(toldAfterMs);
    assert.ok(later[0]?.kind === 'stall' && later[0].camera === camera && later[0].connection === connection);
    stopLater();
    assert.deepEqual(trial.kinds, ['up']);
  });

  test('tells nothing to a listener that was called off', async () => {
    using time = new FakeTime();
    using trial = new TrialCameras(stallAfterMs);
    const { send, leave } = trial.connect();
    trial.stopListening();
    await time.pass(5 * stallAfterMs);
    send();
    leave('IDLE');
    trial.connect('b').leave();
    assert.deepEqual(trial.kinds, ['up']);
  });

  test('takes no notice of a connection that has brought no frame', () => {
    using trial = new TrialCameras();
    const { send, leave } = trial.connect();
    const other = makeSender({ name: 'a' });
    trial.cameras.countFrame(makeReceived({ connection: other }));
    trial.cameras.disconnected(other, undefined);
    assert.deepEqual(trial.kinds, ['up']);
    send();
    leave();
    const down = trial.told[1];
    assert.ok(down?.kind === 'down' && down.frames === 1);
  });
});
