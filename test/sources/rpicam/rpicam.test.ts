import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { after, before, describe, test } from 'node:test';
import { type CapturedFrame, defaultFrameLimits } from '../../../src/protocol/frame.ts';
import { JpegSplitter } from '../../../src/protocol/jpeg/jpeg-splitter.ts';
import { captureRpicam, type RpicamOptions } from '../../../src/sources/rpicam/rpicam.ts';
import { FakeRpicam } from '../../support/fake-rpicam/fake-rpicam.ts';
import type { FakePlan, FakeRun } from '../../support/fake-rpicam/plan.ts';
import { tinyJpeg } from '../../support/jpeg.ts';
import { mediaFile } from '../../support/media.ts';
import { isRunning } from '../../support/process-status.ts';
import { hash } from '../../support/saved.ts';
import { TrialLog } from '../../support/trial-log.ts';

/** Ten small ones that differ. */
const tiny = Array.from({ length: 10 }, (_, i) => tinyJpeg(64 + i, 48 + i));
let home: FakeRpicam;
let tinyFile: string;

before(async () => {
  home = await FakeRpicam.open();
  tinyFile = join(home.folder, 'tiny.mjpeg');
  await writeFile(tinyFile, Buffer.concat(tiny));
});
after(() => home[Symbol.asyncDispose]());

const tinyHashes = tiny.map(hash);

/** The first `count` of the hashes, again and again. */
function cycle(hashes: readonly string[], count: number): string[] {
  return Array.from({ length: count }, (_, i) => hashes[i % hashes.length] as string);
}

/** A camera program that does as the runs say, and what takes its pictures. */
class Trial implements AsyncDisposable {
  readonly fake: FakeRpicam;
  readonly log = new TrialLog();
  readonly stop = new AbortController();
  readonly frames: AsyncGenerator<CapturedFrame, void, undefined>;

  private constructor(fake: FakeRpicam, over: Partial<RpicamOptions>) {
    this.fake = fake;
    const choices = { size: undefined, quality: 90, intervalMs: 0, extraArguments: [], limits: defaultFrameLimits };
    const options = {
      ...choices,
      environment: fake.environment,
      hangMs: 20_000,
      killAfterMs: 5000,
      firstPauseMs: 50,
      ...over,
    };
    this.frames = captureRpicam(options, this.log, this.stop.signal);
  }

  static async open(runs: readonly FakeRun[], over: Partial<RpicamOptions> = {}, plan: Partial<FakePlan> = {}) {
    return new Trial(await FakeRpicam.withPlan({ jpegs: tinyFile, runs, ...plan }), over);
  }

  static with(fake: FakeRpicam): Trial {
    return new Trial(fake, {});
  }

  async take(count: number): Promise<CapturedFrame[]> {
    const frames: CapturedFrame[] = [];
    while (frames.length < count) {
      const { value } = await this.frames.next();
      if (value === undefined) break;
      frames.push(value);
    }
    return frames;
  }

  async takeHashes(count: number): Promise<string[]> {
    return (await this.take(count)).map(({ jpeg }) => hash(jpeg));
  }

  /** Stops, and says which of the programs that were started still run. */
  async end(): Promise<number[]> {
    this.stop.abort();
    assert.equal((await this.frames.next()).done, true);
    const pids = (await this.fake.starts()).map(({ pid }) => pid);
    const areRunning = await Promise.all(pids.map(isRunning));
    return pids.filter((_, i) => areRunning[i]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop.abort();
    await this.frames.return();
    await this.fake[Symbol.asyncDispose]();
  }
}

describe('pictures of rpicam-vid', () => {
  test('are bit for bit those that it wrote, in their order, with sizes and times', async () => {
    const file = await mediaFile('jpegs');
    const found = new JpegSplitter(defaultFrameLimits).decode(await readFile(file));
    const hashes = found.flatMap((one) => (one.type === 'picture' ? [hash(one.jpeg)] : []));
    await using trial = await Trial.open([{ pictures: 120 }], {}, { jpegs: file });
    const frames = await trial.take(120);
    assert.deepEqual(
      frames.map(({ jpeg }) => hash(jpeg)),
      cycle(hashes, 120),
    );
    let before = 0;
    for (const { width, height, capturedAtUs, capturedMonotonicUs } of frames) {
      assert.equal(`${width}x${height}`, '640x480');
      assert.ok(capturedMonotonicUs >= before && capturedAtUs > 0);
      before = capturedMonotonicUs;
    }
    assert.deepEqual(await trial.end(), []);
    assert.deepEqual(trial.log.lines, []);
  });

  for (const pieces of [[1], [2], [3, 1, 4, 1, 5], [199], [4096]]) {
    test(`are the same when it writes pieces of ${pieces} bytes`, async () => {
      await using trial = await Trial.open([{ pictures: 30, pieces }]);
      assert.deepEqual(await trial.takeHashes(30), cycle(tinyHashes, 30));
      assert.deepEqual(trial.log.lines, []);
    });
  }

  test('are asked for as the options say', async () => {
    const size = { width: 640, height: 480 };
    const extraArguments = ['--vflip', '-q', '50'];
    await using trial = await Trial.open([{ pictures: 1 }], { size, intervalMs: 50, extraArguments });
    await trial.take(1);
    const [start] = await trial.fake.starts();
    assert.equal(
      start?.args.join(' '),
      '-n -t 0 --codec mjpeg --width 640 --height 480 --framerate 20 --flush -o - --vflip -q 50',
    );
  });

  test('come from libcamera-vid where that is all there is', async () => {
    const fake = await FakeRpicam.withPlan({ jpegs: tinyFile, runs: [{ pictures: 1 }] }, 'libcamera-vid');
    await using trial = Trial.with(fake);
    assert.deepEqual(await trial.takeHashes(1), cycle(tinyHashes, 1));
  });

  test('go on behind a stretch that is none, which is told of', async () => {
    await using trial = await Trial.open([{ lead: [[1, 2, 3, 4, 5]], pictures: 3 }]);
    assert.deepEqual(await trial.takeHashes(3), cycle(tinyHashes, 3));
    assert.deepEqual(trial.log.lines, ['warn: skipped 5 bytes of rpicam-vid: no JPEG begins in them [NOT_JPEG]']);
  });

  test('do not grow this program when they come faster than they are taken', async () => {
    await using trial = await Trial.open([{ pictures: 1_000_000 }]);
    await trial.take(10);
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 20; i++) {
      // Slower than the program gives them.
      await new Promise((resolve) => setTimeout(resolve, 50));
      await trial.take(1);
    }
    const grown = process.memoryUsage().rss - before;
    assert.ok(grown < 64 * 2 ** 20, `${grown} bytes more`);
    assert.deepEqual(await trial.end(), []);
  });
});

describe('rpicam-vid that fails', () => {
  test('is started again and the last of what it said is told when it crashes', async () => {
    const crash: FakeRun = {
      says: ['[0:01:02] INFO Camera libcamera v0.7'],
      pictures: 5,
      lastWords: ['\x1b[31mERROR: *** failed\x1b[0m ***', ''],
      end: 'SIGSEGV',
    };
    await using trial = await Trial.open([crash, { pictures: 10 }]);
    assert.deepEqual(await trial.takeHashes(15), [...cycle(tinyHashes, 5), ...cycle(tinyHashes, 10)]);
    assert.deepEqual(trial.log.lines, [
      'warn: rpicam-vid was ended by SIGSEGV after 5 pictures; it said: [0:01:02] INFO Camera libcamera v0.7 | ' +
        'ERROR: *** failed ***; it is started again in 0.05 s',
      'info: rpicam-vid delivers pictures again',
    ]);
    assert.equal((await trial.fake.starts()).length, 2);
  });

  test('is started again when it ends with 0, and the torn picture is told of', async () => {
    await using trial = await Trial.open([
      { pictures: 1, end: 0 },
      { lead: [[...(tiny[0] ?? [])].slice(0, 60)], end: 0 },
      { pictures: 1 },
    ]);
    assert.deepEqual(await trial.takeHashes(2), cycle(tinyHashes, 1).concat(cycle(tinyHashes, 1)));
    assert.deepEqual(trial.log.lines, [
      'warn: rpicam-vid ended with status 0 after 1 picture; it is started again in 0.05 s',
      'warn: rpicam-vid ended with status 0 without a picture: 60 bytes were skipped, as the end came within a JPEG; ' +
        'it is started again in 0.1 s (number 2)',
      'info: rpicam-vid delivers pictures again',
    ]);
  });

  test('is ended and started again when it hangs', async () => {
    await using trial = await Trial.open([{ pictures: 3 }, { pictures: 3 }], { hangMs: 1000 });
    assert.deepEqual(await trial.takeHashes(6), [...cycle(tinyHashes, 3), ...cycle(tinyHashes, 3)]);
    const [first, second] = await trial.fake.starts();
    assert.equal(await isRunning(first?.pid ?? 0), false);
    assert.equal(await isRunning(second?.pid ?? 0), true);
    assert.equal(
      trial.log.lines[0],
      'warn: rpicam-vid gave no picture for 1 s and was ended after 3 pictures; it is started again in 0.05 s',
    );
  });

  test('does not count as hung while nobody asks for a picture', async () => {
    await using trial = await Trial.open([{ pictures: 10_000 }], { hangMs: 2000 });
    await trial.take(1);
    // More than twice the time after which a real program counts as hung.
    await new Promise((resolve) => setTimeout(resolve, 5000));
    await trial.take(9_000);
    assert.deepEqual(trial.log.lines, []);
  });

  test('is killed and started again when it hangs and takes no notice of SIGTERM', async () => {
    const options = { hangMs: 1000, killAfterMs: 100 };
    await using trial = await Trial.open([{ pictures: 3, ignoresTerm: true }, { pictures: 3 }], options);
    assert.equal((await trial.take(6)).length, 6);
    const [first] = await trial.fake.starts();
    assert.equal(await isRunning(first?.pid ?? 0), false);
  });

  test('is started again when it closes its output, or leaves it to another', async () => {
    await using trial = await Trial.open([
      { pictures: 1, end: 'close' },
      { pictures: 1, end: 'leave' },
      { pictures: 1 },
    ]);
    assert.equal((await trial.take(3)).length, 3);
    assert.deepEqual(
      trial.log.lines.filter((line) => line.startsWith('warn')),
      [
        'warn: rpicam-vid closed its output after 1 picture; it is started again in 0.05 s',
        'warn: rpicam-vid ended with status 0 after 1 picture; it is started again in 0.1 s (number 2)',
      ],
    );
  });

  test('is given up after four starts when there never was a picture', async () => {
    const run: FakeRun = { says: ['ERROR: *** no cameras available ***'], end: 255 };
    await using trial = await Trial.open([run]);
    await assert.rejects(trial.frames.next(), {
      code: 'SOURCE_FAILED',
      message:
        /^Cannot get a picture: it was started 4 times without one; at last rpicam-vid ended with status 255 without a picture; it said: ERROR: \*\*\* no cameras available \*\*\*\. Advice: .* camera_auto_detect=1 .*$/,
    });
    assert.equal((await trial.fake.starts()).length, 4);
    assert.equal(trial.log.lines.length, 2);
  });

  test('is waited for when it was uninstalled while pictures came', async () => {
    await using trial = await Trial.open([{ pictures: 1, end: 0 }, { pictures: 1 }]);
    await trial.take(1);
    const path = join(trial.fake.folder, 'rpicam-vid');
    const script = await readFile(path, 'utf8');
    await rm(path);
    const next = trial.takeHashes(1);
    while (trial.log.lines.length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    await trial.fake.install('rpicam-vid', script);
    assert.deepEqual(await next, cycle(tinyHashes, 1));
    assert.equal(
      trial.log.lines[1],
      'warn: rpicam-vid is not installed any more; it is started again in 0.1 s (number 2)',
    );
  });

  test('says which package to install when it is not installed', async () => {
    await using trial = Trial.with(await FakeRpicam.open());
    await assert.rejects(trial.frames.next(), {
      code: 'SOURCE_FAILED',
      message:
        'Cannot take pictures of a camera module: neither rpicam-vid nor libcamera-vid is in the search path (PATH). ' +
        'On Raspberry Pi OS: `sudo apt-get install rpicam-apps-lite` (on older ones libcamera-apps-lite)',
    });
  });

  test('is told of in one line when it cannot be started', async () => {
    const fake = await FakeRpicam.open();
    await writeFile(join(fake.folder, 'rpicam-vid'), '#!/nowhere/interpreter\n', { mode: 0o755 });
    await using trial = Trial.with(fake);
    await assert.rejects(
      trial.frames.next(),
      /at last rpicam-vid could not be started: there is no such file or folder \(ENOENT\)$/,
    );
  });

  test('is given up at once when it gives H.264, wherever that is cut', async () => {
    for (const lead of [[], [[0], [0, 0, 1, 0x67]], [[0, 0, 0], [1]], [[0], [0], [1]]]) {
      await using trial = await Trial.open([lead.length === 0 ? { endless: 'h264' } : { lead }]);
      await assert.rejects(trial.frames.next(), {
        code: 'SOURCE_FAILED',
        message: 'Cannot get a picture: rpicam-vid gives H.264, and JPEGs are needed',
      });
      assert.deepEqual(trial.log.lines, []);
    }
  });

  for (const [endless, reason] of [
    ['noise', 'no JPEG begins in them'],
    ['jpeg', 'a JPEG must be <= 16000000 bytes: it goes on'],
  ] as const) {
    test(`is given up in one line and no memory when it gives ${endless} without end`, async () => {
      await using trial = await Trial.open([{ endless }]);
      const memory = process.memoryUsage().rss;
      await assert.rejects(trial.frames.next(), ({ message }: Error) => {
        const text = 'Cannot get a picture: rpicam-vid gives no picture, which must come within 16777216 bytes';
        assert.match(message, new RegExp(`^${text}: \\d+ bytes were skipped, as ${reason}$`));
        return true;
      });
      assert.ok(process.memoryUsage().rss - memory < 128 * 2 ** 20);
      assert.deepEqual(trial.log.lines, []);
      const [start] = await trial.fake.starts();
      assert.equal(await isRunning(start?.pid ?? 0), false);
    });
  }

  test('is started again when it gives noise without end and there was a picture', async () => {
    await using trial = await Trial.open([{ pictures: 1, end: 0 }, { endless: 'noise' }, { pictures: 1 }]);
    assert.equal((await trial.take(2)).length, 2);
    assert.match(trial.log.lines[1] ?? '', /^warn: rpicam-vid gives no picture, which must come within 16777216 bytes/);
  });

  test('names the size and the limit when every picture is too large', async () => {
    const limits = { ...defaultFrameLimits, maxWidth: 60, maxHeight: 40 };
    await using trial = await Trial.open([{ pictures: 20, end: 0 }], { limits });
    await assert.rejects(trial.frames.next(), /as the size of a JPEG must be <= 60x40: it is 64x48$/);
  });

  test('does not grow this program, and its pictures come, when it floods its standard error', async () => {
    await using trial = await Trial.open([{ floodBytes: 200_000_000, pictures: 5, end: 9 }, { pictures: 5 }]);
    const memory = process.memoryUsage().rss;
    assert.deepEqual(await trial.takeHashes(5), cycle(tinyHashes, 5));
    const grown = process.memoryUsage().rss - memory;
    assert.ok(grown < 100 * 2 ** 20, `${grown} bytes more`);
    await trial.take(5);
    assert.ok((trial.log.lines[0]?.length ?? 0) < 700, trial.log.lines[0]);
  });
});

describe('rpicam-vid at the end', () => {
  test('is gone when the pictures are stopped', async () => {
    await using trial = await Trial.open([{ pictures: 1_000_000, pauseMs: 1 }]);
    await trial.take(3);
    assert.deepEqual(await trial.end(), []);
    assert.deepEqual(trial.log.lines, []);
  });

  test('is gone when the pictures are stopped while one is awaited', async () => {
    await using trial = await Trial.open([{ pictures: 1 }]);
    await trial.take(1);
    const next = trial.frames.next();
    assert.deepEqual(await trial.end(), []);
    assert.equal((await next).done, true);
    assert.deepEqual(trial.log.lines, []);
  });

  test('is killed when the pictures are stopped and it takes no notice of SIGTERM', async () => {
    await using trial = await Trial.open([{ pictures: 1, ignoresTerm: true }], { killAfterMs: 100 });
    await trial.take(1);
    assert.deepEqual(await trial.end(), []);
  });

  test('is gone when its consumer leaves', async () => {
    await using trial = await Trial.open([{ pictures: 1_000_000, pauseMs: 1 }]);
    for await (const _ of trial.frames) break;
    const [start] = await trial.fake.starts();
    assert.equal(await isRunning(start?.pid ?? 0), false);
  });

  test('is not started again when the pictures are stopped in the pause before', async () => {
    await using trial = await Trial.open([{ pictures: 1, end: 0 }]);
    await trial.take(1);
    const next = trial.frames.next();
    while (trial.log.lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    trial.stop.abort();
    assert.equal((await next).done, true);
    assert.equal((await trial.fake.starts()).length, 1);
  });

  test('is not started when the pictures are stopped before they began', async () => {
    await using trial = await Trial.open([{ pictures: 1 }]);
    trial.stop.abort();
    assert.equal((await trial.frames.next()).done, true);
    assert.deepEqual(await trial.fake.starts(), []);
  });
});
