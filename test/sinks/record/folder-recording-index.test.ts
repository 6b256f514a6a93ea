import assert from 'node:assert/strict';
import { mkdir, readFile, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { FolderRecordingIndex } from '../../../src/sinks/record/folder-recording-index.ts';
import { formatRecordingName, parseRecordingName } from '../../../src/sinks/record/recording-name.ts';
import { repairRecordings } from '../../../src/sinks/record/repair.ts';
import type { RecordingIndex } from '../../../src/sinks/recording-index.ts';
import { makeMatroska } from '../../matroska/trial-matroska.ts';
import { fakeJpeg } from '../../support/jpeg.ts';
import { makeRecorder, noonUs } from './trial-recorder.ts';

const never = new AbortController().signal;

async function playTimes(recordingIndex: RecordingIndex, id: string, fromMs = 0, signal = never): Promise<number[]> {
  const times: number[] = [];
  for await (const { capturedAtUs } of recordingIndex.frames(id, fromMs, signal))
    times.push((capturedAtUs - noonUs) / 1000);
  return times;
}

describe('FolderRecordingIndex', () => {
  test('lists what is recorded, and what is being recorded', async () => {
    await using recorder = await makeRecorder();
    const processor = await recorder.open({ segment: { frames: 2 } });
    const { send } = recorder.connect(processor, 'garden');
    for (const atMs of [0, 100, 200]) await send(atMs);
    const found = (await processor.recordingIndex.list()).sort((a, b) => a.startedAtUs - b.startedAtUs);
    assert.deepEqual(
      found.map(({ camera, startedAtUs, isPlayable }) => ({ camera, startedAtUs, isPlayable })),
      [0, 200].map((ms) => ({ camera: 'garden', startedAtUs: noonUs + ms * 1000, isPlayable: true })),
    );
    assert.deepEqual(
      found.map(({ id }) => id),
      await recorder.list(),
    );
    assert.equal(found[1]?.isBeingWritten, true);
    assert.deepEqual(await playTimes(processor.recordingIndex, found[1]?.id ?? ''), [200]);
    await processor.close();
    const later = await new FolderRecordingIndex(recorder.directory, () => false).list();
    assert.deepEqual(later.map(({ durationMs }) => durationMs).sort(), [200, 40]);
  });

  test('plays from any time on, bytes as they came, and stops when nobody wants more', async () => {
    await using recorder = await makeRecorder();
    const processor = await recorder.open();
    const { send } = recorder.connect(processor, 'garden');
    for (const atMs of [0, 100, 200, 300]) await send(atMs, { jpeg: fakeJpeg(64, 48, 100 + atMs) });
    await processor.close();
    const [id = ''] = await recorder.list();
    assert.deepEqual(await playTimes(processor.recordingIndex, id, 150), [200, 300]);
    assert.deepEqual(await playTimes(processor.recordingIndex, id, 1000), []);
    const stop = new AbortController();
    for await (const { jpeg, capturedAtUs } of processor.recordingIndex.frames(id, 100, stop.signal)) {
      assert.deepEqual(jpeg, fakeJpeg(64, 48, 200));
      assert.equal(capturedAtUs, noonUs + 100_000);
      stop.abort();
    }
  });

  test('tells where a file is, and of no other', async () => {
    await using recorder = await makeRecorder();
    const processor = await recorder.open();
    await recorder.connect(processor, 'garden').send(0);
    await processor.close();
    const [id = ''] = await recorder.list();
    const found = await processor.recordingIndex.open(id);
    assert.equal((await readFile(found?.path ?? '')).length, found?.bytes);
    await symlink('/etc/passwd', join(recorder.directory, 'garden', '2026-01-31_12-00-07+0000.mkv'));
    const name = '2026-01-31_12-00-07+0000.mkv';
    const others = [`garden/${name}`, `../${name}`, `x/../garden/${name}`, `/etc/${name}`, 'garden', '', `${id}\0`];
    for (const other of others) {
      assert.equal(await processor.recordingIndex.open(other), undefined, other);
      assert.deepEqual(await playTimes(processor.recordingIndex, other), [], other);
    }
    assert.equal((await new FolderRecordingIndex(recorder.directory, () => false).list()).length, 1);
  });

  test('lists files that hold no picture, and videos, by their names', async () => {
    await using recorder = await makeRecorder();
    await mkdir(join(recorder.directory, 'garden'));
    const ids = ['garden/2026-01-31_13-00-00+0100.mp4', 'garden/2026-01-31_13-00-01+0100.mkv'];
    for (const id of ids) await writeFile(join(recorder.directory, id), 'nothing');
    await writeFile(join(recorder.directory, 'garden/notes.txt'), 'nothing');
    const found = await new FolderRecordingIndex(recorder.directory, () => false).list();
    found.sort((a, b) => a.startedAtUs - b.startedAtUs);
    const told = found.map(({ id, startedAtUs, durationMs, isPlayable }) => [id, startedAtUs, durationMs, isPlayable]);
    assert.deepEqual(told, [
      [ids[0], noonUs, undefined, false],
      [ids[1], noonUs + 1e6, undefined, true],
    ]);
  });
});

describe('the name of a recording', () => {
  test('tells the two hours apart that are the same on the clock in autumn', () => {
    const zone = process.env['TZ'];
    process.env['TZ'] = 'Europe/Berlin';
    try {
      const [first, second] = [0, 1].map((hour) => Date.UTC(2026, 9, 25, hour, 30, 5));
      const names = [first, second].map((ms) => formatRecordingName('garden', ms ?? 0, 1, 'mkv'));
      assert.deepEqual(names, ['garden/2026-10-25_02-30-05+0200.mkv', 'garden/2026-10-25_02-30-05+0100.mkv']);
      assert.deepEqual(
        names.map((name) => parseRecordingName(name)?.startedAtMs),
        [first, second],
      );
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
  });

  test('is that of no other file', () => {
    const bad = ['garden/2026-01-31.mkv', '../2026-01-31_12-00-00+0000.mkv', 'a/b/2026-01-31_12-00-00+0000.mkv'];
    for (const path of [...bad, 'garden/2026-99-31_12-00-00+0000.mkv', '.x/2026-01-31_12-00-00+0000.mkv']) {
      assert.equal(parseRecordingName(path), undefined, path);
    }
  });
});

describe('repairRecordings', () => {
  test('completes what a receiver left that was killed, and nothing that is being written', async () => {
    await using recorder = await makeRecorder();
    await mkdir(join(recorder.directory, 'garden'));
    const times = [0, 40_000, 80_000];
    const { bytes } = makeMatroska(times, false);
    const put = async (second: number, content: Uint8Array, ageMs: number) => {
      const path = `garden/2026-01-31_12-00-0${second}+0000.mkv`;
      await writeFile(join(recorder.directory, path), content);
      const time = new Date(Date.now() - ageMs);
      await utimes(join(recorder.directory, path), time, time);
      return path;
    };
    const torn = await put(1, new Uint8Array([...bytes, 1, 2, 3]), 60_000);
    const busy = await put(2, bytes, 60_000);
    // By a clock that was set back since.
    await put(5, bytes, -86_400_000);
    await put(3, bytes, 0);
    await put(4, new Uint8Array(99), 60_000);
    assert.equal(await repairRecordings(recorder.directory, (path) => path === busy, never), 2);
    assert.deepEqual(new Uint8Array(await readFile(join(recorder.directory, torn))), makeMatroska(times).bytes);
    assert.deepEqual(new Uint8Array(await readFile(join(recorder.directory, busy))), bytes);
    const heads = await Promise.all((await recorder.list()).map(recorder.head));
    assert.deepEqual(
      heads.map((head) => head?.cuesAt !== undefined),
      [true, false, false, false, true],
    );
    await truncate(join(recorder.directory, torn), 10);
    assert.equal(await repairRecordings(recorder.directory, () => false, AbortSignal.abort()), 0);
  });
});
