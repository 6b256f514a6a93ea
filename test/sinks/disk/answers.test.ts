import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { CameraRegistry } from '../../../src/frames/camera-registry.ts';
import type { Delivery } from '../../../src/protocol/frame.ts';
import type { DiskSync } from '../../../src/sinks/disk/disk-sync.ts';
import type { FrameProcessor } from '../../../src/sinks/queue/frame-processor.ts';
import { QueuedSink } from '../../../src/sinks/queue/queued-sink.ts';
import { matroskaFormat } from '../../../src/sinks/record/matroska-segment.ts';
import { RecordProcessor } from '../../../src/sinks/record/record-processor.ts';
import { parseFileNames } from '../../../src/sinks/save/file-names.ts';
import { SaveProcessor } from '../../../src/sinks/save/save-processor.ts';
import { makeReceived, makeSender } from '../../support/frames.ts';
import { fakeJpeg } from '../../support/jpeg.ts';
import { LineLog } from '../../support/trial-log.ts';
import { until } from '../../support/until.ts';

const names = { name: 'save', activity: 'saving', participle: 'saved' };

/** A disk that has on it what the test says: each sync waits for `finish`. */
class TrialDisk implements DiskSync {
  readonly asked: ('file' | 'folder')[] = [];
  readonly #waiting: PromiseWithResolvers<void>[] = [];
  /** Syncs nothing more, as long as that is so. */
  isSlow = true;

  file(): Promise<void> {
    return this.#ask('file');
  }

  folder(): Promise<void> {
    return this.#ask('folder');
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  finish(error?: Error): void {
    for (const { resolve, reject } of this.#waiting.splice(0)) error === undefined ? resolve() : reject(error);
  }

  async #ask(what: 'file' | 'folder'): Promise<void> {
    this.asked.push(what);
    const answer = Promise.withResolvers<void>();
    this.#waiting.push(answer);
    if (!this.isSlow) this.finish();
    await answer.promise;
  }
}

async function open(kind: 'save' | 'record', delivery: Delivery, isAcknowledged = true) {
  const directory = await mkdtemp(join(tmpdir(), 'is-answers-'));
  const log = new LineLog();
  const { lines } = log;
  const disk = new TrialDisk();
  const limits = { keepFreeBytes: 0 };
  const processor: FrameProcessor =
    kind === 'save'
      ? await SaveProcessor.open(parseFileNames(join(directory, '{name}', '{time}-{sequence}.jpg')), limits, log, {
          sync: disk,
        })
      : await RecordProcessor.open({ directory, format: matroskaFormat, segment: {}, limits, sync: disk }, log);
  const cameras = new CameraRegistry();
  const sink = new QueuedSink(cameras, processor, names, log, new AbortController().signal);
  const sender = makeSender({ name: 'pi', stream: 'pi-01-k3x9f2ab', delivery, isAcknowledged });
  cameras.connected(sender);
  const answered: number[] = [];
  const send = (sequence: number) => {
    const picture = { jpeg: fakeJpeg(64, 48, 1000), width: 64, height: 48, capturedAtUs: sequence * 1e6 };
    const taken = sink.write(makeReceived({ connection: sender, sequence, ...picture }));
    if (typeof taken === 'boolean') answered.push(sequence);
    else void taken.then((isTaken) => isTaken && answered.push(sequence));
  };
  const list = async () => {
    const entries = await readdir(directory, { recursive: true });
    return entries.filter((path) => /\.(jpg|mkv)$/.test(path)).sort();
  };
  const writtenBytes = async () => {
    const entries = await readdir(directory, { recursive: true });
    const sizes = await Promise.all(entries.map(async (path) => (await stat(join(directory, path))).size));
    return sizes.reduce((sum, bytes) => sum + bytes, 0);
  };
  const close = async () => {
    disk.isSlow = false;
    disk.finish();
    await sink.close();
    await rm(directory, { recursive: true, force: true });
  };
  return { sink, disk, send, answered, list, writtenBytes, lines, [Symbol.asyncDispose]: close };
}

describe('an answer to a sender of every frame', () => {
  for (const kind of ['save', 'record'] as const) {
    test(`comes when the frame is on the disk, its name too, with --${kind}`, async () => {
      await using trial = await open(kind, 'every');
      const { disk, answered, send } = trial;
      send(1);
      await until(() => disk.waiting > 0);
      if (kind === 'save') assert.deepEqual(await trial.list(), [], 'its name is there before its bytes are');
      for (let synced = ''; !synced.endsWith('file,folder,folder'); synced = disk.asked.join()) {
        await until(() => disk.waiting > 0);
        assert.deepEqual(answered, []);
        disk.finish();
      }
      await until(() => answered.length === 1);
      assert.equal((await trial.list()).length, 1);
    });

    test(`comes for many at once where the disk is slow, with --${kind}`, async () => {
      await using trial = await open(kind, 'every');
      const { disk, answered, send } = trial;
      send(1);
      await until(() => disk.waiting > 0);
      for (let sequence = 2; sequence <= 20; sequence++) send(sequence);
      // All are written, and wait.
      await until(async () => (await trial.writtenBytes()) >= 20_000);
      disk.isSlow = false;
      disk.finish();
      await until(() => answered.length === 20);
      const folders = disk.asked.filter((what) => what === 'folder').length;
      const files = disk.asked.length - folders;
      // One by one they would be twenty.
      assert.ok(folders < 10, `${folders} syncs of folders`);
      if (kind === 'record') assert.ok(files < 10, `${files} syncs of the file`);
      assert.deepEqual(
        answered.toSorted((a, b) => a - b),
        Array.from({ length: 20 }, (_, i) => i + 1),
      );
    });

    test(`comes after another try when the disk fails, with --${kind}`, async () => {
      await using trial = await open(kind, 'every');
      const { disk, answered, send } = trial;
      send(1);
      await until(() => disk.waiting > 0);
      disk.finish(Object.assign(new Error('bad sector'), { code: 'EIO' }));
      disk.isSlow = false;
      await until(() => answered.length === 1);
      const { done, dropped, failures } = trial.sink.stats;
      assert.deepEqual([done, dropped, failures], [1, 0, 1]);
      assert.match(
        trial.lines.join('\n'),
        /bad sector; the sender waits until it works again[\s\S]*saving pi again after 1/,
      );
    });

    for (const [delivery, isAcknowledged] of [
      ['latest', true],
      ['every', false],
    ] as const) {
      const which = isAcknowledged ? 'of latest frames' : 'that is not answered, as a NATS server is not';
      test(`is not waited for by a sender ${which}, with --${kind}`, async () => {
        await using trial = await open(kind, delivery, isAcknowledged);
        for (let sequence = 1; sequence <= 3; sequence++) trial.send(sequence);
        await until(() => trial.sink.stats.done === 3);
        await until(() => trial.answered.length === 3);
        assert.deepEqual(trial.disk.asked, []);
      });
    }
  }
});
