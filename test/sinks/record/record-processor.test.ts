import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { Camera } from '../../../src/frames/camera.ts';
import { makeKey } from '../../../src/frames/camera-key.ts';
import type { ReceivedFrame } from '../../../src/frames/received-frame.ts';
import { lingerMsOf } from '../../../src/sinks/record/active-recording.ts';
import { listPositions, MemoryFileReader } from '../../matroska/trial-matroska.ts';
import { fakeJpeg } from '../../support/jpeg.ts';
import { hash } from '../../support/saved.ts';
import { until } from '../../support/until.ts';
import { makeRecorder, noonUs, SlowFormat } from './trial-recorder.ts';

describe('RecordProcessor', () => {
  test('has a picture in the file when it is done with it', async () => {
    await using recorder = await makeRecorder();
    const processor = await recorder.open();
    const { send } = recorder.connect(processor, 'garden');
    for (const atMs of [0, 33.333, 66.667]) {
      await send(atMs);
      const [path = ''] = await recorder.list();
      assert.equal((await recorder.times()).at(-1)?.at(-1), atMs, path);
    }
    await processor.close();
    assert.deepEqual(await recorder.times(), [[0, 33.333, 66.667]]);
  });

  test('writes the bytes as they came', async () => {
    await using recorder = await makeRecorder();
    const processor = await recorder.open();
    const { send } = recorder.connect(processor, 'garden');
    const jpegs = [200, 70_000, 23].map((bytes) => fakeJpeg(64, 48, bytes));
    for (const [i, jpeg] of jpegs.entries()) await send(i, { jpeg });
    await processor.close();
    const [path = ''] = await recorder.list();
    const file = await readFile(join(recorder.directory, path));
    const positions = await listPositions(new MemoryFileReader(file));
    const found = positions.map(({ position, bytes }) => hash(file.subarray(position, position + bytes)));
    assert.deepEqual(found, jpegs.map(hash));
    assert.equal((await recorder.head(path))?.title, 'garden');
  });

  test('ends a file after so many frames, so long a time, or so many bytes', async () => {
    for (const [segment, expected] of [
      [{ frames: 2 }, [[0, 100], [200, 300], [400]]],
      [{ ms: 200 }, [[0, 100], [200, 300], [400]]],
      [{ bytes: 1000 }, [[0, 100, 200, 300], [400]]],
    ] as const) {
      await using recorder = await makeRecorder();
      const processor = await recorder.open({ segment });
      const { send } = recorder.connect(processor, 'garden');
      for (const atMs of [0, 100, 200, 300, 400]) await send(atMs, { jpeg: fakeJpeg(64, 48, 150) });
      await processor.close();
      assert.deepEqual(await recorder.times(), expected, JSON.stringify(segment));
    }
  });

  test('counts for each camera what was written of it', async () => {
    await using recorder = await makeRecorder();
    const processor = await recorder.open({ segment: { frames: 2 } });
    const cameras = ['garden', 'porch'].map((name) => recorder.connect(processor, name));
    for (const atMs of [0, 100, 200]) {
      for (const [i, { send }] of cameras.entries()) await send(atMs, { jpeg: fakeJpeg(64, 48, 200 * (i + 1)) });
    }
    const counts = () => cameras.map(({ camera }) => camera.writtenBySink.get('record')?.bytes ?? 0);
    assert.ok(
      counts().every((bytes, i) => bytes > 3 * 200 * (i + 1)),
      String(counts()),
    );
    await processor.close();
    const sizes = new Map<string, number>();
    for (const path of await recorder.list()) {
      const { size } = await stat(join(recorder.directory, path));
      sizes.set(dirname(path), (sizes.get(dirname(path)) ?? 0) + size);
    }
    assert.deepEqual(counts(), [sizes.get('garden'), sizes.get('porch')]);
  });

  test('tells of each file when it is complete', async () => {
    await using recorder = await makeRecorder();
    const processor = await recorder.open({ segment: { frames: 2 } });
    const { send } = recorder.connect(processor, 'garden');
    for (const atMs of [0, 100, 200]) await send(atMs);
    await until(() => recorder.segments.length === 1);
    const [first] = recorder.segments;
    assert.equal((await recorder.head((await recorder.list())[0] ?? ''))?.durationUs, 200_000);
    assert.deepEqual(
      [first?.frames, first?.durationMs, first?.startedAtMs, first?.key],
      [2, 100, noonUs / 1000, 'garden'],
    );
    assert.ok(existsSync(first?.path ?? ''));
    await processor.close();
    assert.equal(recorder.segments.length, 2);
  });

  test('names folders by camera and files by local start time, each its own', async () => {
    await using recorder = await makeRecorder();
    const processor = await recorder.open({ segment: { frames: 1 } });
    const [one, two] = [recorder.connect(processor, '../../etc/x'), recorder.connect(processor, 'b <i>')];
    for (let i = 0; i < 3; i++) await one.send(i);
    await two.send(0);
    await processor.close();
    const stamp = '\\d{4}-\\d\\d-\\d\\d_\\d\\d-\\d\\d-\\d\\d[+-]\\d{4}';
    const expected = [
      `^${makeKey({ name: 'b <i>', stream: undefined, address: '' })}/${stamp}\\.mkv$`,
      ...['', '_02', '_03'].map((end) => `^etc-x/${stamp}${end}\\.mkv$`),
    ];
    const found = await recorder.list();
    assert.equal(found.length, expected.length);
    for (const [i, pattern] of expected.entries()) assert.match(found[i] ?? '', new RegExp(pattern));
  });

  test('begins another file when the clock of a camera was set, or its pictures change their size', async () => {
    await using recorder = await makeRecorder();
    const processor = await recorder.open();
    const { send } = recorder.connect(processor, 'garden');
    const receive = (ms: number) => ({ receivedAtUs: noonUs + ms * 1000 });
    await send(0, receive(0));
    await send(100, receive(100));
    // Back, far ahead, and after a long quiet, which is no jump.
    await send(50, receive(200));
    await send(3_600_000, receive(300));
    await send(3_700_000, receive(100_300));
    await send(3_700_100, { ...receive(100_400), width: 32, height: 24 });
    await processor.close();
    const found = (await recorder.times()).sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
    assert.deepEqual(found, [[0, 100], [50], [3_600_000, 3_700_000], [3_700_100]]);
  });

  test('begins a few files for a clock that goes to and fro, and then not one a picture', async () => {
    await using recorder = await makeRecorder();
    const processor = await recorder.open();
    const [swinging, good] = ['swinging', 'good'].map((name) => recorder.connect(processor, name));
    const results: string[] = [];
    for (let i = 0; i < 200; i++) {
      const taken = swinging?.send(i % 2 === 0 ? 3_600_000 : 0, { receivedAtUs: noonUs + i * 1000 });
      await taken?.then(
        () => results.push('recorded'),
        (error: Error) => results.push(error.message),
      );
      await good?.send(i);
    }
    await processor.close();
    const files = await recorder.list();
    assert.deepEqual(files.filter((path) => path.startsWith('good/')).length, 1);
    const others = files.filter((path) => path.startsWith('swinging/')).length;
    assert.ok(others >= 21 && others < 100, `${others} files`);
    const reason = 'its clock may be set, and the size of its pictures change, 20 times in a row, and 2 times a second';
    assert.ok(results.includes(`Cannot record swinging as ${reason} after that: they do more often`), results.at(-1));
  });

  test('lets a camera whose files take long to complete wait for them, and no other', async () => {
    await using recorder = await makeRecorder();
    const format = new SlowFormat();
    const processor = await recorder.open({ format, segment: { frames: 1 } });
    const [slow, good] = ['slow', 'good'].map((name) => recorder.connect(processor, name));
    for (const atMs of [0, 1, 2]) await slow?.send(atMs);
    assert.ok(slow !== undefined && good !== undefined);
    assert.equal(processor.roomFor(good.camera), undefined);
    await good.send(0);
    const room = processor.roomFor(slow.camera);
    assert.ok(room instanceof Promise);
    format.finishAll();
    await room;
    assert.equal(processor.roomFor(slow.camera), undefined);
    await processor.close();
  });

  test('ends the file that waited longest for a picture rather than have more than five hundred open', async () => {
    await using recorder = await makeRecorder();
    const format = new SlowFormat();
    format.finishAll();
    const processor = await recorder.open({ format });
    for (let i = 0; i < 600; i++) {
      await recorder.connect(processor, `camera${i}`).send(i, { receivedAtUs: noonUs + i * 1000 });
    }
    assert.deepEqual([format.max, format.first], [500, 'camera0']);
    await processor.close();
    assert.equal(recorder.segments.length, 600);
  });

  test('keeps the order of pictures of the same time', async () => {
    await using recorder = await makeRecorder();
    const processor = await recorder.open();
    const { send } = recorder.connect(processor, 'garden');
    const jpegs = [30, 50, 40].map((bytes) => fakeJpeg(64, 48, bytes));
    for (const jpeg of jpegs) await send(7, { jpeg });
    await processor.close();
    const file = await readFile(join(recorder.directory, (await recorder.list())[0] ?? ''));
    const lengths = (await listPositions(new MemoryFileReader(file))).map(({ bytes }) => bytes);
    assert.deepEqual(lengths, [30, 50, 40]);
  });

  test('takes the time of reception where the sender says none, or one before 1970', async () => {
    await using recorder = await makeRecorder();
    const processor = await recorder.open();
    const { send } = recorder.connect(processor, 'garden');
    await send(5, { capturedAtUs: undefined });
    await send(6, { capturedAtUs: -1 });
    await processor.close();
    assert.deepEqual(await recorder.times(), [[5, 6]]);
  });

  test('names a file by our clock where the clocks are compared, and keeps the time as the sender says it', async () => {
    await using recorder = await makeRecorder();
    const processor = await recorder.open();
    const { send } = recorder.connect(processor, 'garden');
    await send(0, { capturedAtUs: 1_000_000, latency: { us: 2_000_000, errorUs: 10 } });
    await processor.close();
    const [path = ''] = await recorder.list();
    assert.match(path, /59-58[+-]\d{4}\.mkv$/);
    assert.equal((await recorder.head(path))?.startUs, 1_000_000);
  });

  test('goes on in the same file when a camera is back at once, and ends it when it is not', async () => {
    await using recorder = await makeRecorder();
    const processor = await recorder.open();
    const first = recorder.connect(processor, 'garden');
    await first.send(0);
    await first.leave();
    const second = recorder.connect(processor, 'garden');
    assert.equal(second.camera, first.camera);
    await second.send(100);
    assert.equal(recorder.segments.length, 0);
    await second.leave();
    await until(() => recorder.segments.length === 1);
    assert.equal(recorder.segments[0]?.frames, 2);
    await processor.close();
  });

  test('begins another file for the next camera of a name that a user has had forgotten', async () => {
    await using recorder = await makeRecorder();
    const processor = await recorder.open();
    const first = recorder.connect(processor, 'garden', 'garden-aaaaaaaa');
    await first.send(0);
    await first.leave();
    recorder.cameras.forget(first.camera);
    const second = recorder.connect(processor, 'garden', 'garden-bbbbbbbb');
    assert.equal(second.camera.key, 'garden');
    // One that waited belongs to the first.
    await first.send(50);
    await second.send(100);
    await second.send(200);
    await processor.close();
    assert.deepEqual(await recorder.times(), [[0, 50], [100, 200]]); // biome-ignore format: files
  });

  test('waits longer for a camera that shows a picture now and then only, but not for ever', () => {
    const lingers = [[], [0], [0, 1], [0, 10], [0, 50], [0, 1, 2]].map((seconds) => {
      const camera = new Camera('garden', 'garden', 0);
      for (const second of seconds) camera.history.add(noonUs + second * 1e6, undefined);
      return lingerMsOf(camera, noonUs + 60e6) / 1000;
    });
    assert.deepEqual(lingers, [3, 3, 3, 30, 60, 3]);
  });

  test('ends a file whose time is over though no picture comes', async () => {
    await using recorder = await makeRecorder();
    const processor = await recorder.open({ segment: { ms: 10 } });
    await recorder.connect(processor, 'garden').send(0);
    await until(() => recorder.segments.length === 1);
    await processor.close();
  });

  test('gives no file all the room, so that older ones are there to be deleted', async () => {
    await using recorder = await makeRecorder();
    const processor = await recorder.open({ limits: { maxBytes: 1_000_000, keepFreeBytes: 0 } });
    const { send } = recorder.connect(processor, 'garden');
    for (let i = 0; i < 300; i++) {
      await send(i, { jpeg: fakeJpeg(64, 48, 10_000) });
      const { bytes } = processor.retention.stats;
      assert.ok(bytes <= 1_000_000 && (i < 150 || bytes > 500_000), `${bytes} after ${i}`);
    }
    await processor.close();
    const all = (await recorder.times()).flat().sort((a, b) => a - b);
    assert.deepEqual(
      all,
      Array.from({ length: all.length }, (_, i) => 300 - all.length + i),
    );
  });

  test('ends the files of all cameras early when they alone are left to be deleted', async () => {
    await using recorder = await makeRecorder();
    const processor = await recorder.open({ limits: { maxBytes: 200_000, keepFreeBytes: 0 } });
    const cameras = ['a', 'b', 'c', 'd'].map((name) => recorder.connect(processor, name));
    for (let i = 0; i < 50; i++) {
      await Promise.all(cameras.map(({ send }) => send(i, { jpeg: fakeJpeg(64, 48, 20_000) })));
    }
    assert.ok(processor.retention.stats.bytes <= 200_000);
    assert.ok(recorder.segments.length > 40);
    await processor.close();
    assert.match(
      recorder.lines.join('\n'),
      /^Each recording ends at [\d.]+ kB, before --segment, so that an older one can always be deleted to keep --record-size and --record-keep-free$/m,
    );
  });

  test('goes on in another file when somebody deletes the folder, and says so', async () => {
    await using recorder = await makeRecorder();
    const processor = await recorder.open();
    const { send } = recorder.connect(processor, 'garden');
    await send(0);
    await rm(recorder.directory, { recursive: true });
    await until(async () =>
      recorder.lines.some((line) => / was deleted while it was written, 1 frame with it/.test(line)),
    );
    await send(100);
    await processor.close();
    assert.deepEqual(
      recorder.segments.map(({ frames }) => frames),
      [1],
    );
    assert.equal((await recorder.list()).length, 1);
  });

  test('says that there is no room when none of its files can be deleted', async () => {
    await using recorder = await makeRecorder();
    const { blocks, bsize } = await statfs(tmpdir());
    const processor = await recorder.open({ limits: { keepFreeBytes: blocks * bsize - 1 } });
    const { send } = recorder.connect(processor, 'garden');
    await assert.rejects(send(0), {
      code: 'OUTPUT_FAILED',
      message:
        /^Cannot record to .*: --record-keep-free keeps [\d.]+ [kMGT]?B of the disk free, [\d.]+ [kMGT]?B are and nothing is left to delete for it: /,
    });
    await processor.close();
    assert.deepEqual(await recorder.list(), []);
  });

  test('makes a folder again that somebody deleted', async () => {
    await using recorder = await makeRecorder();
    const processor = await recorder.open({ segment: { frames: 1 } });
    const { send } = recorder.connect(processor, 'garden');
    await send(0);
    await rm(join(recorder.directory, 'garden'), { recursive: true });
    await send(1);
    await processor.close();
    assert.deepEqual(await recorder.times(), [[1]]);
  });

  test('fails with the reason when the folder of a camera cannot be made, and works when it can', async () => {
    await using recorder = await makeRecorder();
    const processor = await recorder.open();
    const { send } = recorder.connect(processor, 'garden');
    await writeFile(join(recorder.directory, 'garden'), '');
    await assert.rejects(send(0), {
      code: 'OUTPUT_FAILED',
      message: /a file is in the place of a folder \(ENOTDIR\)$/,
    });
    await rm(join(recorder.directory, 'garden'));
    await send(1);
    await processor.close();
    assert.deepEqual(await recorder.times(), [[1]]);
  });

  test('keeps what an earlier run recorded, and deletes that first', async () => {
    await using recorder = await makeRecorder();
    const limits = { maxBytes: 110_000, keepFreeBytes: 0 };
    for (let run = 0; run < 3; run++) {
      const processor = await recorder.open({ limits, segment: { frames: 1 } });
      await processor.retention.settled();
      const { send } = recorder.connect(processor, 'garden');
      for (let i = 0; i < 3; i++) await send(run * 10_000 + i * 1000, { jpeg: fakeJpeg(64, 48, 19_000) });
      await processor.close();
    }
    assert.deepEqual((await recorder.times()).flat(), [11_000, 12_000, 20_000, 21_000, 22_000]);
  });

  test('drops the frames that a killed receiver recorded and did not answer for, and no others', async () => {
    await using recorder = await makeRecorder();
    const jpegOf = (at: number) => fakeJpeg(64, 48, 100 + at);
    const record = async (times: readonly number[], over: Partial<ReceivedFrame> = {}) => {
      const processor = await recorder.open({ segment: { frames: 3 } });
      const { send } = recorder.connect(processor, 'garden');
      for (const at of times) await send(at * 1000, { jpeg: jpegOf(at), ...over });
      return processor;
    };
    // It is never closed, as one that is killed is not: its second file is torn.
    const killed = await record([0, 1, 2, 3, 4]);
    const processor = await record([1, 2, 3, 4, 5, 6]);
    assert.deepEqual((await recorder.times()).flat(), [0, 1000, 2000, 3000, 4000, 5000, 6000]);
    assert.match(recorder.lines.join('\n'), /^garden sent 4 frames again that are recorded already: dropped$/m);
    await processor.close();
    // Of the same time, and another picture; and of a sender that never sends again.
    const other = await record([6], { jpeg: fakeJpeg(64, 48, 300) });
    await other.close();
    const plain = await record([6], { stream: undefined });
    await plain.close();
    assert.deepEqual((await recorder.times()).flat().slice(7), [6000, 6000]);
    await killed.close();
  });

  test('answers for what a killed receiver had recorded when that is on the disk', async () => {
    await using recorder = await makeRecorder();
    const killed = await recorder.open();
    await recorder.connect(killed, 'garden').send(0);
    const synced: unknown[] = [];
    const sync = { file: async (file: unknown) => void synced.push(file), folder: async () => undefined };
    const processor = await recorder.open({ sync });
    await recorder.connect(processor, 'garden').send(0);
    assert.deepEqual(
      synced,
      (await recorder.list()).map((path) => join(recorder.directory, path)),
    );
    for (const each of [processor, killed]) await each.close();
  });

  test('leaves no file behind in which there is no picture', async () => {
    await using recorder = await makeRecorder();
    const processor = await recorder.open({ limits: { maxBytes: 100, keepFreeBytes: 0 } });
    await processor.retention.settled();
    const { send } = recorder.connect(processor, 'garden');
    await assert.rejects(send(0, { jpeg: fakeJpeg(64, 48, 5000) }), { code: 'OUTPUT_FAILED' });
    await processor.close();
    assert.deepEqual(await recorder.list(), []);
    assert.deepEqual(recorder.segments, []);
  });

  test('refuses a folder that it cannot write to', async () => {
    await using recorder = await makeRecorder();
    await mkdir(join(recorder.directory, 'file'));
    await writeFile(join(recorder.directory, 'file', 'x'), '');
    const directory = join(recorder.directory, 'file', 'x');
    await assert.rejects(recorder.open({ directory }), { code: 'OUTPUT_FAILED', message: /^Cannot record to / });
    await chmod(recorder.directory, 0o700);
    assert.deepEqual(await readdir(join(recorder.directory, 'file')), ['x']);
  });
});
