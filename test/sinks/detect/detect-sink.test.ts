import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CameraRegistry } from '../../../src/frames/camera-registry.ts';
import type { ConnectionStats } from '../../../src/frames/received-frame.ts';
import type { FrameResult } from '../../../src/frames/results/frame-result.ts';
import { ResultHub } from '../../../src/frames/results/result-hub.ts';
import { type DetectSettings, DetectSink } from '../../../src/sinks/detect/detect-sink.ts';
import { makeReceived, makeSender } from '../../support/frames.ts';
import { fakeJpeg } from '../../support/jpeg.ts';
import { PYTHON } from '../../support/python.ts';
import { TrialLog } from '../../support/trial-log.ts';
import { until } from '../../support/until.ts';

const stub = fileURLToPath(new URL('../../support/python/stub_detector.py', import.meta.url));
const jpeg = fakeJpeg(64, 48, 1000);

/** A detector behind a sink, and cameras that send to it. */
class Trial implements AsyncDisposable {
  readonly cameras = new CameraRegistry();
  readonly log = new TrialLog();
  readonly results: FrameResult[] = [];
  readonly sink: DetectSink;
  readonly hub = new ResultHub();
  readonly #sequences = new Map<ConnectionStats, number>();

  constructor(mode: string, settings: Partial<DetectSettings> = {}, seconds = 0) {
    this.hub.onResult((result) => this.results.push(result));
    const command = { path: PYTHON, args: ['-B', stub, mode, String(seconds)] };
    const usual = { cameras: [], maxFps: undefined, workers: 1, ahead: 1, timeoutMs: 60_000 };
    this.sink = new DetectSink(this.cameras, { command, ...usual, ...settings }, this.hub, this.log);
    this.sink.start();
  }

  connect(name: string): ConnectionStats {
    const connection = makeSender({ name, stream: `${name}-k3x9f2ab` });
    this.cameras.connected(connection);
    return connection;
  }

  send(connection: ConnectionStats): number {
    const sequence = (this.#sequences.get(connection) ?? 0) + 1;
    this.#sequences.set(connection, sequence);
    this.sink.write(makeReceived({ connection, sequence, jpeg, width: 64, height: 48 }));
    return sequence;
  }

  /** Sends a frame after the other until there are so many results. */
  async sendUntil(count: number, ...connections: readonly ConnectionStats[]): Promise<void> {
    await until(() => {
      for (const connection of connections) this.send(connection);
      return this.results.length >= count;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sink.close();
  }
}

/** Each box must be that of its frame. */
function checkFrames(results: readonly FrameResult[]): void {
  for (const { frame, detections } of results) {
    const n = frame.sequence % 1000;
    assert.deepEqual(detections[0]?.box, [n % 32, Math.floor(n / 32), (n % 32) + 1, Math.floor(n / 32) + 1]);
  }
}

describe('a detector', () => {
  test('gets the newest picture when it has answered, and its answers are about their frames', async () => {
    await using trial = new Trial('good');
    await trial.sendUntil(20, trial.connect('a'), trial.connect('b'));
    checkFrames(trial.results);
    const { done, dropped } = trial.sink.stats;
    assert.equal(done, trial.results.length);
    assert.ok(dropped > 0);
    assert.ok(trial.results.every(({ detectUs }) => detectUs > 0));
    assert.equal('jpeg' in (trial.results[0]?.frame ?? {}), false);
  });

  test('gives each camera its turn', async () => {
    await using trial = new Trial('good');
    const cameras = Array.from({ length: 8 }, (_, i) => trial.connect(`c${i}`));
    // Each has a new picture whenever there is an answer.
    trial.hub.onResult(() => cameras.map((camera) => trial.send(camera)));
    await trial.sendUntil(80, ...cameras);
    const turns = trial.results.slice(0, 80).map(({ camera }) => camera.key);
    for (let i = 0; i < 80; i += 8) assert.equal(new Set(turns.slice(i, i + 8)).size, 8);
  });

  test('may answer in any order when it says which frame', async () => {
    await using trial = new Trial('reversed', { ahead: 2 });
    await trial.sendUntil(20, trial.connect('a'));
    checkFrames(trial.results);
    assert.ok((trial.results[0]?.frame.sequence ?? 0) > (trial.results[1]?.frame.sequence ?? 0));
  });

  test('shares the pictures with others, and each goes to one', async () => {
    await using trial = new Trial('named', { workers: 3, ahead: 2 });
    await trial.sendUntil(60, trial.connect('a'), trial.connect('b'));
    checkFrames(trial.results);
    const places = trial.results.map(({ frame }) => `${frame.stream}/${frame.sequence}`);
    assert.equal(new Set(places).size, places.length);
  });

  test('sees the cameras that are named, and no other', async () => {
    await using trial = new Trial('good', { cameras: ['b'] });
    await trial.sendUntil(5, trial.connect('a'), trial.connect('b'));
    assert.ok(trial.results.every(({ camera }) => camera.key === 'b'));
  });

  test('is ended when it prints a line too many, as nobody knows which frame the next one is about', async () => {
    await using trial = new Trial('twice');
    const a = trial.connect('a');
    trial.send(a);
    await until(() => trial.log.lines.some((line) => line.includes('more than one line for a picture')));
    checkFrames(trial.results);
    assert.equal(trial.hub.readDetector?.().mismatches, 1);
  });

  test('goes on when it answers for a frame that it was not given, which is counted', async () => {
    await using trial = new Trial('unknown');
    await trial.sendUntil(3, trial.connect('a'));
    checkFrames(trial.results);
    assert.ok((trial.hub.readDetector?.().mismatches ?? 0) >= 3);
    assert.match(trial.log.lines[0] ?? '', /answered for frame 1000000000, which it was not given/);
  });

  test('may print other lines, which are logged and no answers', async () => {
    await using trial = new Trial('chatty');
    await trial.sendUntil(3, trial.connect('a'));
    checkFrames(trial.results);
    assert.match(trial.log.lines[0] ?? '', /no answer: loading the model\.\.\.; it must print one line of JSON/);
  });

  test('starts again when it ends, with its last words in the log, and its frame is dropped', async () => {
    await using trial = new Trial('dies');
    trial.send(trial.connect('a'));
    await until(() => trial.sink.stats.failures === 1);
    assert.match(
      trial.log.lines[0] ?? '',
      /^warn: The detector ended with status 1 \(out of memory\) after .* starts again in 1 s/,
    );
    assert.equal(trial.sink.stats.dropped, 1);
  });

  test('is ended and started again when it answers nothing for too long after an answer', async () => {
    await using trial = new Trial('good', { timeoutMs: 40 }, 0);
    const a = trial.connect('a');
    await trial.sendUntil(1, a);
    await using slow = new Trial('good', { timeoutMs: 40 }, 0.5);
    // The first answer has more time.
    await slow.sendUntil(1, slow.connect('a'));
    await until(() =>
      slow.log.lines.some((line) => /did not answer for a picture within 0.04 s \(--detect-timeout\)/.test(line)),
    );
  });

  test('that floods its output with lines is read slowly, and its answer counts', async () => {
    await using trial = new Trial('flood');
    const startMs = performance.now();
    await trial.sendUntil(1, trial.connect('a'));
    checkFrames(trial.results);
    assert.ok((trial.hub.readDetector?.().unreadable ?? 0) >= 20_000);
    const seconds = Math.ceil((performance.now() - startMs) / 1000);
    assert.ok(trial.log.lines.length <= seconds + 1, `${trial.log.lines.length} lines in ${seconds} s`);
  });

  test('that floods its output costs little memory, and a line in the log', async () => {
    await using trial = new Trial('endless');
    const before = process.memoryUsage().rss;
    await trial.sendUntil(1, trial.connect('a'));
    assert.ok(process.memoryUsage().rss - before < 100e6);
    assert.match(trial.log.lines[0] ?? '', /a line that is longer than 256000 bytes/);
    checkFrames(trial.results);
  });

  test('answers for a picture of no camera, which is no result of a camera', async () => {
    await using trial = new Trial('good');
    const picture = { jpeg, width: 64, height: 48, address: '127.0.0.1:9', timeoutMs: 60_000 };
    const answers = await Promise.all([1, 2].map(() => trial.hub.ask?.(picture)));
    assert.deepEqual(answers.map((found) => found?.detections[0]?.box), [[1, 0, 2, 1], [2, 0, 3, 1]]); // biome-ignore format: pairs
    assert.deepEqual(trial.results, []);
    await using hung = new Trial('hangs');
    assert.equal(await hung.hub.ask?.({ ...picture, timeoutMs: 10 }), undefined);
    await using dead = new Trial('dies');
    assert.equal(await dead.hub.ask?.(picture), undefined);
  });

  test('is closed with pictures that wait, which are counted as dropped', async () => {
    const trial = new Trial('hangs');
    const a = trial.connect('a');
    for (let i = 0; i < 5; i++) trial.send(a);
    await trial.sink.close();
    const { done, dropped } = trial.sink.stats;
    assert.deepEqual([done, dropped], [0, 5]);
  });
});
