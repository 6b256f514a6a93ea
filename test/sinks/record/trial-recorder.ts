import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Camera } from '../../../src/frames/camera.ts';
import { CameraRegistry } from '../../../src/frames/camera-registry.ts';
import type { ReceivedFrame } from '../../../src/frames/received-frame.ts';
import { readHead } from '../../../src/matroska/matroska-reader.ts';
import { matroskaFormat } from '../../../src/sinks/record/matroska-segment.ts';
import { RecordProcessor, type RecordSettings } from '../../../src/sinks/record/record-processor.ts';
import type { Segment, SegmentFormat, SegmentStart } from '../../../src/sinks/record/segment.ts';
import { listPositions, MemoryFileReader } from '../../matroska/trial-matroska.ts';
import { makeReceived, makeSender } from '../../support/frames.ts';
import { fakeJpeg } from '../../support/jpeg.ts';
import { LineLog } from '../../support/trial-log.ts';

/** 2026-01-31 12:00:00 UTC, in microseconds. */
export const noonUs = 1_769_860_800_000_000;

/** A folder to record to, and what is in it. */
export async function makeRecorder(directory?: string) {
  const folder = directory ?? (await mkdtemp(join(tmpdir(), 'is-record-')));
  const log = new LineLog();
  const { lines } = log;
  const cameras = new CameraRegistry();
  const segments: { frames: number; durationMs: number; path: string; key: string; startedAtMs: number }[] = [];
  const open = (settings: Partial<RecordSettings> = {}) => {
    const defaultValue = { directory: folder, format: matroskaFormat, segment: {}, limits: { keepFreeBytes: 0 } };
    return RecordProcessor.open({ ...defaultValue, ...settings }, log, ({ camera: { key }, path, ...info }) => {
      segments.push({ frames: info.frames, durationMs: info.durationMs, startedAtMs: info.startedAtMs, path, key });
    });
  };
  /** A camera whose pictures are written when the promise resolves. */
  const connect = (processor: RecordProcessor, name: string, stream = `${name}-k3x9f2ab`) => {
    const sender = makeSender({ name, stream, delivery: 'every' });
    const camera: Camera = cameras.connected(sender);
    const leave = () => {
      cameras.disconnected(sender, undefined);
      return processor.disconnected(camera);
    };
    const send = async (atMs: number, over: Partial<ReceivedFrame> = {}) => {
      const us = noonUs + atMs * 1000;
      const picture = { jpeg: fakeJpeg(64, 48, 100), width: 64, height: 48, capturedAtUs: us, receivedAtUs: us };
      await processor.process(makeReceived({ connection: sender, ...picture, ...over }), camera);
    };
    return { send, leave, camera };
  };
  /** The recordings, in the order of their names, from the folder on. */
  const list = async () => {
    const entries = await readdir(folder, { recursive: true });
    return entries.filter((path) => path.includes('.')).sort();
  };
  /** When the pictures of each were captured: milliseconds after noon. */
  const times = async () => {
    const all: number[][] = [];
    for (const path of await list()) {
      const positions = await listPositions(new MemoryFileReader(await readFile(join(folder, path))));
      all.push(positions.map(({ capturedAtUs }) => (capturedAtUs - noonUs) / 1000));
    }
    return all;
  };
  const head = async (path: string) => readHead(new MemoryFileReader(await readFile(join(folder, path))));
  const close = () => rm(folder, { recursive: true, force: true });
  return {
    directory: folder,
    cameras,
    lines,
    segments,
    open,
    connect,
    list,
    times,
    head,
    [Symbol.asyncDispose]: close,
  };
}

/** Files without anything in them, which are complete when the test says so. */
export class SlowFormat implements SegmentFormat {
  readonly kind = 'mkv';
  readonly #finished = Promise.withResolvers<void>();
  #open = 0;
  /** As many as were open at once. */
  max = 0;
  /** The camera whose file was the first to end. */
  first: string | undefined;

  /** From now on all are complete at once. */
  finishAll(): void {
    this.#finished.resolve();
  }

  measure(): number {
    return 1;
  }

  async open(path: string, { title }: SegmentStart): Promise<Segment> {
    // One that was deleted would be missed.
    await writeFile(path, '');
    this.#open++;
    this.max = Math.max(this.max, this.#open);
    const finish = async () => {
      this.first ??= title;
      this.#open--;
      await this.#finished.promise;
    };
    return { bytes: 1, add: async () => true, finish };
  }
}
