import assert from 'node:assert/strict';
import { open, readdir, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CameraRegistry } from '../../src/frames/camera-registry.ts';
import { loadOpenCv } from '../../src/opencv/load.ts';
import { QueuedSink } from '../../src/sinks/queue/queued-sink.ts';
import { matroskaFormat } from '../../src/sinks/record/matroska-segment.ts';
import { Mp4Format, mp4Frames } from '../../src/sinks/record/mp4-segment.ts';
import { RecordProcessor } from '../../src/sinks/record/record-processor.ts';
import { repairRecordings } from '../../src/sinks/record/repair.ts';
import { makeMatroska } from '../matroska/trial-matroska.ts';
import { makeRecorder, noonUs } from '../sinks/record/trial-recorder.ts';
import { Child, runChild } from '../support/child.ts';
import { makeReceived, makeSender } from '../support/frames.ts';
import { fakeJpeg } from '../support/jpeg.ts';
import { readPictures } from '../support/plain-programs.ts';
import { soonMs, startProgram, startReceiver } from '../support/programs.ts';
import { hash } from '../support/saved.ts';
import { mountSmall } from '../support/small-disk.ts';
import { defineRecording } from './record.ts';
import { listRecordings, readPackets, watchInOpenCv } from './record-players.ts';
import { makeFolder } from './suite.ts';

for (const runtime of ['node', 'deno', 'packaged'] as const) defineRecording(runtime);

/** Of pictures that come as those of a camera do: never quite at the same distance. */
function makeTimes(count: number): number[] {
  const times = [0];
  while (times.length < count) times.push((times.at(-1) ?? 0) + 20_000 + ((times.length * 7919) % 26_667));
  return times;
}

const size = { width: 640, height: 480 };

describe('a recording', () => {
  test('is to ffmpeg and OpenCV what was recorded: pictures, times, and where to find them', async () => {
    await using recorder = await makeRecorder();
    const pictures = await readPictures();
    const times = makeTimes(pictures.length);
    const worker = await recorder.open();
    const { send } = recorder.connect(worker, 'garden');
    for (const [i, jpeg] of pictures.entries()) await send((times[i] ?? 0) / 1000, { jpeg, ...size });
    const [path = ''] = await listRecordings(recorder.directory);
    const open = await readPackets(path);
    assert.deepEqual([open.hashes, open.timesUs], [pictures.map(hash), times]);
    await worker.close();
    const { hashes, timesUs, startUs, duration, words } = await readPackets(path);
    assert.deepEqual([hashes, timesUs, startUs, words], [pictures.map(hash), times, noonUs, '']);
    const last = times.at(-1) ?? 0;
    assert.ok(Math.abs((duration ?? 0) * 1e6 - last - last / (times.length - 1)) < 2, `${duration} s`);
    const watched = await watchInOpenCv(path);
    assert.deepEqual([watched.told, watched.read], [pictures.length, pictures.length]);
    assert.deepEqual(
      watched.times,
      times.map((us) => us / 1000),
    );
    assert.ok(
      watched.found.every((isSame) => isSame),
      `${watched.found}`,
    );
  });

  test('that is torn anywhere has the pictures that are there whole, for ffmpeg and OpenCV', async () => {
    await using folder = await makeFolder();
    const path = join(folder.path, 'torn.mkv');
    const { bytes, jpegs, ends } = makeMatroska(makeTimes(8), false, (i) => 3000 + i);
    for (const cut of [
      bytes.length,
      ...ends.flatMap((end) => [end - 1, end, end + 1, end + 26, end + 28, end + 999]),
    ]) {
      if (cut > bytes.length) continue;
      await writeFile(path, bytes.subarray(0, cut));
      const whole = jpegs.filter((_, i) => (ends[i] ?? 0) <= cut);
      if (whole.length === 0) continue;
      const { hashes } = await readPackets(path);
      assert.deepEqual(hashes.slice(0, whole.length), whole.map(hash), `cut at ${cut}`);
      // ffmpeg gives what there is of a torn picture, too.
      assert.ok(hashes.length <= whole.length + 1);
    }
  });

  test('of a process that was killed has all that it was done with, before and after it is completed', async () => {
    await using folder = await makeFolder();
    const script = fileURLToPath(new URL('record-until-killed.ts', import.meta.url));
    await using recorder = new Child(process.execPath, [script, folder.path]);
    await recorder.waitForLine('stdout', /^150$/, soonMs);
    recorder.signal('SIGKILL');
    await recorder.wait(soonMs);
    const done = recorder.lines('stdout').length;
    const [path = ''] = await listRecordings(folder.path);
    const pictures = (await readPictures()).map(hash);
    const expect = (count: number) => Array.from({ length: count }, (_, i) => pictures[i % pictures.length]);
    const torn = await readPackets(path);
    assert.ok(torn.hashes.length >= done && torn.hashes.length <= done + 1);
    assert.deepEqual(torn.hashes.slice(0, done), expect(done));
    const left = await watchInOpenCv(path);
    assert.ok(left.read >= done);
    // Frames of the last second may be missing in what the head tells.
    assert.ok(Math.abs(left.told - left.read) <= 33, `${left.told} of ${left.read} are told`);
    assert.equal(Math.round(left.fps), 30);
    await age(path);
    assert.equal(await repairRecordings(folder.path, () => false, new AbortController().signal), 1);
    const { hashes, timesUs, words } = await readPackets(path);
    assert.deepEqual([hashes, words], [expect(hashes.length), '']);
    assert.ok(hashes.length >= done);
    assert.deepEqual(
      timesUs,
      hashes.map((_, i) => i * 33_333),
    );
    const watched = await watchInOpenCv(path);
    assert.equal(watched.told, hashes.length);
    assert.equal(Math.round(watched.fps), 30);
    assert.ok(watched.found.every((isSame) => isSame));
  });

  test('of a disk that is full ends with a whole picture, and another begins when there is room', async (context) => {
    if (process.getuid?.() !== 0) return context.skip('only root can mount a file system');
    await using disk = await mountSmall('size=1m');
    await using recorder = await makeRecorder(join(disk.path, 'videos'));
    const worker = await recorder.open({ limits: { keepFreeBytes: 0 } });
    const { send } = recorder.connect(worker, 'garden');
    // Somebody else takes what is left, which nobody has asked for since.
    await send(0, { jpeg: fakeJpeg(64, 48, 10_000) });
    const { bavail, bsize } = await statfs(disk.path);
    await writeFile(join(disk.path, 'other'), new Uint8Array(bavail * bsize - 8192));
    await assert.rejects(send(1, { jpeg: fakeJpeg(64, 48, 30_000) }), { code: 'OUTPUT_FAILED' });
    await rm(join(disk.path, 'other'));
    await send(2, { jpeg: fakeJpeg(64, 48, 30_000) });
    await worker.close();
    const found = await Promise.all((await listRecordings(recorder.directory)).map(readPackets));
    const hashes = found.flatMap((packets) => packets.hashes);
    assert.deepEqual(hashes.slice(-1), [hash(fakeJpeg(64, 48, 30_000))]);
    assert.ok(found.every(({ duration }) => duration !== undefined));
  });
});

async function age(path: string): Promise<void> {
  await using file = await open(path, 'r+');
  const hourAgo = new Date(Date.now() - 3_600_000);
  await file.utimes(hourAgo, hourAgo);
}

describe('a recorder on a file system of 50 MB', () => {
  for (const count of [1, 16]) {
    test(`takes 500 MB of ${count} cameras and neither fills it nor stops`, async (context) => {
      if (process.getuid?.() !== 0) return context.skip('only root can mount a file system');
      await using disk = await mountSmall('size=50m');
      const lines: string[] = [];
      const log = { info: () => undefined, warn: (line: string) => void lines.push(line) };
      const cameras = new CameraRegistry();
      const directory = join(disk.path, 'videos');
      const settings = { directory, format: matroskaFormat, segment: { ms: 60_000 }, limits: {} };
      const worker = await RecordProcessor.open(settings, log);
      const names = { name: 'record', activity: 'recording', participle: 'recorded' };
      const sink = new QueuedSink(cameras, worker, names, log, new AbortController().signal);
      const senders = Array.from({ length: count }, (_, i) => {
        const sender = makeSender({ name: `cam${i}`, stream: `cam${i}-k3x9f2ab`, delivery: 'every' });
        cameras.connected(sender);
        return sender;
      });
      const jpeg = fakeJpeg(640, 480, 90_000);
      const rounds = Math.ceil(500e6 / 90_000 / count);
      for (let sequence = 1; sequence <= rounds; sequence++) {
        const us = noonUs + sequence * 33_333;
        const over = { sequence, jpeg, ...size, capturedAtUs: us, receivedAtUs: us };
        const taken = await Promise.all(
          senders.map((sender) => sink.write(makeReceived({ ...over, connection: sender }))),
        );
        assert.ok(taken.every((isTaken) => isTaken));
        const { bavail, bsize } = await statfs(disk.path);
        assert.ok(bavail * bsize > 1_000_000, `${bavail * bsize} bytes are free`);
      }
      const { done, dropped, failures } = sink.stats;
      assert.deepEqual([done, dropped, failures, lines], [rounds * count, 0, 0, []]);
      await sink.close();
      assert.ok(worker.retention.stats.bytes > 25_000_000, `${worker.retention.stats.bytes} bytes are kept`);
      // The newest pictures are those that are there.
      const paths = await listRecordings(directory);
      const newest = (await readPackets(paths.at(-1) ?? '')).startUs;
      assert.ok(newest > noonUs + rounds * 33_333 * 0.5);
    });
  }
});

describe('a recording as MP4', () => {
  test('has 600 pictures at 20 a second, and begins anew where the pictures are of another size', async () => {
    await using recorder = await makeRecorder();
    const pictures = await readPictures();
    const format = new Mp4Format(loadOpenCv());
    const worker = await recorder.open({ format, segment: { frames: mp4Frames } });
    const { send } = recorder.connect(worker, 'garden');
    const other = await shrink(pictures[0] ?? new Uint8Array());
    for (let i = 0; i < 620; i++) await send(i * 50, { jpeg: pictures[i % pictures.length] ?? other, ...size });
    await send(40_000, { jpeg: other, width: 320, height: 240 });
    await worker.close();
    const paths = await listRecordings(recorder.directory);
    assert.deepEqual(
      recorder.segments.map(({ frames }) => frames),
      [600, 20, 1],
    );
    const show = ['-v', 'error', '-count_packets', '-of', 'json', '-show_entries'];
    const found = [];
    for (const path of paths) {
      const entries = 'stream=codec_name,codec_tag_string,width,height,avg_frame_rate,nb_read_packets';
      const { stdout } = await runChild('/usr/bin/ffprobe', [...show, entries, path], soonMs);
      found.push(Object.values((JSON.parse(stdout) as { streams: [Record<string, unknown>] }).streams[0]).join(' '));
    }
    assert.deepEqual(found, ['mpeg4 mp4v 640 480 20/1 600', 'mpeg4 mp4v 640 480 20/1 20', 'mpeg4 mp4v 320 240 20/1 1']);
    assert.equal((await watchInOpenCv(paths[0] ?? '')).read, 600);
  });

  test('is made by the packaged receiver of what the packaged sender draws', async () => {
    await using folder = await makeFolder();
    const args = ['--record', folder.path, '--record-as', 'mp4', '--segment', '20f'];
    const { receiver, port } = await startReceiver('packaged', args);
    await using _receiver = receiver;
    const pattern = ['pattern', '--count', '30', '--interval', '20', '--deliver', 'every', '--port', `${port}`];
    await using sender = startProgram('packaged', 'image-sender', pattern);
    assert.equal((await sender.wait(soonMs)).code, 0, sender.lines('stderr').join('\n'));
    assert.equal((await receiver.stop()).code, 0);
    const read = (await listRecordings(folder.path)).map(async (path) => (await watchInOpenCv(path)).read);
    assert.deepEqual(await Promise.all(read), [20, 10]);
  });

  test('leaves out pictures that are damaged, counts them, and goes on', async () => {
    await using recorder = await makeRecorder();
    const pictures = await readPictures();
    const worker = await recorder.open({ format: new Mp4Format(loadOpenCv()) });
    const { send, camera } = recorder.connect(worker, 'garden');
    for (const [i, jpeg] of pictures.slice(0, 5).entries()) {
      await send(i, { jpeg: i === 2 ? fakeJpeg(640, 480) : jpeg, ...size });
    }
    await worker.close();
    assert.equal(recorder.segments[0]?.frames, 4);
    assert.equal(camera.damaged, 1);
    assert.match(recorder.lines[0] ?? '', /frame 1 is not recorded: it is damaged$/);
  });

  test('leaves out pictures of which there is no video, and goes on', async () => {
    await using recorder = await makeRecorder();
    const worker = await recorder.open({ format: new Mp4Format(loadOpenCv()) });
    const { send, camera } = recorder.connect(worker, 'garden');
    await send(0, { width: 1, height: 1 });
    assert.match(recorder.lines[0] ?? '', /frame \d is not recorded: Cannot write a video of 1x1$/);
    const [jpeg = new Uint8Array()] = await readPictures();
    await send(1, { jpeg, ...size });
    await worker.close();
    assert.deepEqual([recorder.segments[0]?.frames, camera.damaged], [1, 1]);
    assert.equal((await readdir(join(recorder.directory, 'garden'))).length, 1);
  });
});

async function shrink(jpeg: Uint8Array): Promise<Uint8Array> {
  await using folder = await makeFolder();
  const [from, to] = [join(folder.path, 'from.jpg'), join(folder.path, 'to.jpg')];
  await writeFile(from, jpeg);
  await runChild('/usr/bin/ffmpeg', ['-v', 'error', '-nostdin', '-i', from, '-s', '320x240', to], soonMs);
  return readFile(to);
}
