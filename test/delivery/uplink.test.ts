import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { createFrameQueue } from '../../src/delivery/create-queue.ts';
import { Sender, type SenderOptions } from '../../src/delivery/sender.ts';
import { CodedError } from '../../src/errors.ts';
import type { Delivery } from '../../src/protocol/frame.ts';
import { range } from '../support/frames.ts';
import { TrialCamera } from '../support/trial-camera.ts';
import { TrialLog } from '../support/trial-log.ts';
import { until } from '../support/until.ts';
import { closePeers, type Peer, type PeerKind, peerKinds } from './uplink-peers.ts';

/** A camera, a sender at work, and what comes of it. */
class Trial implements AsyncDisposable {
  readonly camera = new TrialCamera();
  readonly log = new TrialLog();
  readonly stop = new AbortController();
  readonly sender: Sender;
  readonly peer: Peer;
  readonly #isAcknowledged: boolean;
  /** Undefined, or why it failed. */
  readonly ended: Promise<unknown>;
  hasEnded = false;

  private constructor(peer: Peer, isAcknowledged: boolean, options: SenderOptions) {
    const { delivery } = options;
    const queue = createFrameQueue(this.camera, { ...options, isLive: delivery === 'latest' });
    const connector = peer.createConnector(delivery, this.log);
    this.peer = peer;
    this.#isAcknowledged = isAcknowledged;
    this.sender = new Sender({ connector, queue, log: this.log }, options);
    this.ended = this.sender
      .run(this.stop.signal)
      .then(
        () => undefined,
        (error: unknown) => error,
      )
      .finally(() => {
        this.hasEnded = true;
      });
  }

  static async open(kind: PeerKind, delivery: Delivery, over: Partial<SenderOptions> = {}): Promise<Trial> {
    const limits = { count: 0, maxInFlight: 2, bufferBytes: 2 ** 20, retries: 2, sendTimeoutMs: 60_000 };
    return new Trial(await kind.open(), kind.isAcknowledged, { ...limits, delivery, ...over });
  }

  get warnings(): string[] {
    return this.log.lines.filter((line) => line.startsWith('warn'));
  }

  /** Captures as many one after another, each when the one before has arrived and is acknowledged. */
  async pass(count: number): Promise<void> {
    const before = (await this.peer.readTaken()).length;
    for (let i = 1; i <= count; i++) {
      this.camera.capture();
      await until(async () => (await this.peer.readTaken()).length >= before + i, `${i} of ${count} to arrive`);
      if (this.#isAcknowledged) await until(() => this.sender.frames === before + i, `${i} to be acknowledged`);
    }
  }

  /** From now on the far end takes nothing: one frame goes out, and is in flight. */
  async sendHeld(): Promise<void> {
    this.peer.relay.hold();
    this.camera.capture();
    await until(() => this.sender.uncertain > 0 || this.sender.frames > 1, 'a frame to go out');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.peer.relay.release();
    this.stop.abort();
    await this.ended;
    this.camera.end();
    await this.peer[Symbol.asyncDispose]();
    const { captured, frames, rejected, dropped, uncertain, unsent } = this.sender;
    assert.equal(frames + rejected + dropped + uncertain + unsent, captured, 'each frame is in one figure');
  }
}

function code(error: unknown): string | undefined {
  return error instanceof CodedError ? error.code : undefined;
}

const deliveries = ['latest', 'every'] as const;

after(closePeers);

// They mostly wait.
describe('a sender', { concurrency: true }, () => {
  for (const [name, kind] of Object.entries(peerKinds)) {
    describe(`over ${name}`, { concurrency: true }, () => {
      for (const delivery of deliveries) {
        test(`delivers what is captured and ends with its camera, with ${delivery}`, async () => {
          await using trial = await Trial.open(kind, delivery);
          await trial.pass(5);
          trial.camera.end();
          assert.equal(await trial.ended, undefined);
          const { frames, connects, uncertain, state } = trial.sender;
          assert.deepEqual([frames, connects, uncertain, state], [5, 1, 0, 'ended']);
          assert.deepEqual(await trial.peer.readTaken(), range(1, 5));
          assert.deepEqual(trial.warnings, []);
        });

        test(`makes no connection when there is never a frame, with ${delivery}`, async () => {
          await using trial = await Trial.open(kind, delivery);
          trial.camera.end();
          assert.equal(await trial.ended, undefined);
          assert.equal(trial.peer.relay.connections, 0);
        });

        test(`ends by itself after as many frames as are asked for, with ${delivery}`, async () => {
          await using trial = await Trial.open(kind, delivery, { count: 3 });
          await trial.pass(2);
          trial.camera.captureMany(5);
          assert.equal(await trial.ended, undefined);
          assert.equal(trial.sender.frames, 3);
          assert.equal((await trial.peer.readTaken()).length, 3);
        });

        test(`keeps the order over a connection that breaks, and says so, with ${delivery}`, async () => {
          await using trial = await Trial.open(kind, delivery);
          await trial.pass(2);
          trial.peer.relay.hold();
          trial.camera.captureMany(3);
          await until(() => trial.sender.uncertain > 0 || trial.sender.frames > 2, 'a frame to go out');
          trial.peer.relay.cut();
          trial.peer.relay.release();
          await until(() => trial.warnings.some((line) => line.includes('broke')), 'the break to be told');
          trial.camera.captureMany(3);
          await until(async () => (await trial.peer.readTaken()).at(-1) === 8, 'the newest to arrive');
          trial.camera.end();
          const error = await trial.ended;
          const taken = await trial.peer.readTaken();
          assert.deepEqual(
            taken,
            taken.toSorted((a, b) => a - b),
          );
          if (kind.isAcknowledged && delivery === 'every') assert.deepEqual(taken, range(1, 8));
          const mustFail = !kind.isAcknowledged && delivery === 'every' && trial.sender.uncertain > 0;
          assert.equal(code(error), mustFail ? 'NOT_DELIVERED' : undefined);
          assert.ok(trial.sender.frames <= taken.length, 'no more is counted than has arrived');
        });

        test(`waits at its end for frames in flight, with ${delivery}`, async () => {
          await using trial = await Trial.open(kind, delivery);
          await trial.pass(1);
          await trial.sendHeld();
          trial.camera.end();
          await trial.peer.readTaken();
          assert.equal(trial.hasEnded, false);
          trial.peer.relay.release();
          assert.equal(await trial.ended, undefined);
          assert.deepEqual([trial.sender.frames, await trial.peer.readTaken()], [2, [1, 2]]);
        });

        test(`ends and says what may be lost when it is told to stop and the far end takes nothing, with ${delivery}`, async () => {
          await using trial = await Trial.open(kind, delivery);
          await trial.pass(1);
          await trial.sendHeld();
          trial.stop.abort();
          assert.equal(await trial.ended, undefined);
          assert.match(trial.warnings.at(-1) ?? '', /\d frames? may not have arrived$/);
          assert.ok(trial.sender.uncertain > 0);
        });

        test(`ends as its camera does when that fails, with ${delivery}`, async () => {
          await using trial = await Trial.open(kind, delivery);
          await trial.pass(2);
          trial.camera.fail(new Error('camera on fire'));
          assert.match(String(await trial.ended), /camera on fire/);
          assert.deepEqual(await trial.peer.readTaken(), [1, 2]);
        });

        test(`gives up with CONNECT_FAILED where nothing listens, with ${delivery}`, async () => {
          await using trial = await Trial.open(kind, delivery);
          await trial.peer.relay[Symbol.asyncDispose]();
          trial.camera.capture();
          const error = await trial.ended;
          assert.equal(code(error), 'CONNECT_FAILED');
          assert.match(String(error), /nothing listens there \(ECONNREFUSED\); gave up after 2 tries in a row/);
          assert.match(trial.warnings[0] ?? '', /\(try 1 of 2\); next try in \d\.\d s$/);
          assert.equal(trial.sender.connects, 0);
        });

        if (kind.captureBad !== undefined) {
          test(`tells of a frame that is rejected, and the others go on, with ${delivery}`, async () => {
            await using trial = await Trial.open(kind, delivery);
            await trial.pass(1);
            kind.captureBad?.(trial.camera);
            await until(() => trial.sender.rejected === 1, 'the rejection');
            trial.camera.capture();
            await until(async () => (await trial.peer.readTaken()).at(-1) === 3, 'the next to arrive');
            trial.camera.end();
            assert.equal(await trial.ended, undefined);
            const { frames, rejected, connects } = trial.sender;
            assert.deepEqual([frames, rejected, connects], [2, 1, 1]);
            assert.deepEqual(await trial.peer.readTaken(), [1, 3]);
            assert.equal(trial.warnings.length, 1, trial.warnings.join('\n'));
            assert.match(trial.warnings[0] ?? '', /\[(REJECTED|FRAME_TOO_LONG)\]$/);
          });

          test(`fails when every frame is rejected, with ${delivery}`, async () => {
            await using trial = await Trial.open(kind, delivery);
            kind.captureBad?.(trial.camera);
            await until(() => trial.sender.rejected === 1, 'the rejection');
            trial.camera.end();
            assert.match(code(await trial.ended) ?? '', /^(REJECTED|FRAME_TOO_LONG)$/);
            assert.equal(trial.sender.frames, 0);
          });
        }
      }

      test('sends the newest frame when it may send again, with latest', async () => {
        await using trial = await Trial.open(kind, 'latest');
        await trial.pass(1);
        trial.peer.relay.hold();
        for (let i = 0; i < 20; i++) {
          trial.camera.capture();
          await until(() => trial.sender.captured === i + 2, 'it to be captured');
        }
        trial.peer.relay.release();
        await until(async () => (await trial.peer.readTaken()).at(-1) === 21, 'the newest to arrive');
        // Frames in flight are limited, and of those that wait only the newest stays.
        if (kind.isAcknowledged) assert.ok(trial.sender.dropped >= 17, `${trial.sender.dropped}`);
        trial.camera.end();
        assert.equal(await trial.ended, undefined);
      });

      test('has every frame arrive once and in order while connections break, with every', async () => {
        if (!kind.isAcknowledged) return;
        await using trial = await Trial.open(kind, 'every');
        for (let round = 0; round < 3; round++) {
          const arrived = trial.sender.frames;
          trial.camera.captureMany(100);
          await until(() => trial.sender.frames > arrived + 20, 'some to arrive');
          trial.peer.relay.cut();
        }
        trial.camera.end();
        assert.equal(await trial.ended, undefined);
        assert.equal(trial.sender.frames, 300);
        assert.deepEqual(await trial.peer.readTaken(), range(1, 300));
      });
    });
  }
});
