import type { Camera } from '../../../frames/camera.ts';
import type { CameraRegistry } from '../../../frames/camera-registry.ts';
import type { ReceivedFrame } from '../../../frames/received-frame.ts';
import type { CameraResults } from '../../../frames/results/camera-results.ts';
import type { FrameResult } from '../../../frames/results/frame-result.ts';
import { ResultHub } from '../../../frames/results/result-hub.ts';
import { readWallClockUs } from '../../../system/clock.ts';
import { Notify } from '../../../system/notify.ts';
import { cacheFor } from '../cache-for.ts';
import { type CameraReport, type ReportedSecond, reportCamera, reportHistory } from './camera-report.ts';
import { LatestFrames, type Slot } from './latest-frames.ts';

const tickMs = 1000;
/** The last seconds that are sent again each time: the newest second was not over the last time. */
const tailSeconds = 2;

/** A camera with its rate and latency, second by second. */
export interface CameraState extends CameraReport {
  readonly history: readonly ReportedSecond[];
}

/**
 * The source of all live streams: the newest frames, and once a second the state of all cameras.
 */
export class LiveHub {
  readonly #cameras: CameraRegistry;
  readonly latest: LatestFrames;
  readonly results: CameraResults;
  /** Notifies when there is a frame, or a new second. */
  readonly #changes = new Notify();
  /**
   * The same for viewers of one camera, by its key: the frames of all others would wake them in
   * vain. Forgotten when none waits.
   */
  readonly #changesOf = new Map<string, Notify>();
  readonly #timer: NodeJS.Timeout;
  /** Number of seconds since the start. */
  second = 0;
  readonly #describeAll = cacheFor(() => this.#describe(0));
  /** The last seconds, made when the first viewer needs them. */
  #tail: string | undefined;

  /** @param results of a detector; none where there is no detector */
  constructor(cameras: CameraRegistry, results = new ResultHub()) {
    this.#cameras = cameras;
    this.results = results.cameras;
    results.onResult((result, jpeg) => this.#updateDetected(result, jpeg));
    this.latest = new LatestFrames(cameras);
    this.#timer = setInterval(() => this.#tick(), tickMs).unref();
  }

  update(frame: ReceivedFrame): void {
    const { camera } = this.latest.update(frame);
    this.#changes.notify();
    this.#changesOf.get(camera.key)?.notify();
  }

  /**
   * Resolves when there is a frame, or a new second, or when `signal` aborts.
   * @param key of the one camera whose frames count; undefined: those of all cameras
   */
  async wait(key: string | undefined, signal: AbortSignal): Promise<void> {
    if (key === undefined) {
      await this.#changes.wait(signal);
      return;
    }
    const changes = this.#changesOf.get(key) ?? new Notify();
    this.#changesOf.set(key, changes);
    await changes.wait(signal);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  find(key: string): { readonly camera: Camera; readonly slot: Slot | undefined } | undefined {
    // The page asks by key; for a person the name will do as well.
    const camera = this.#cameras.findNamed(key);
    return camera === undefined ? undefined : { camera, slot: this.latest.find(camera) };
  }

  reports(): CameraReport[] {
    const nowUs = readWallClockUs();
    return this.#cameras.all.map((camera) => this.#report(camera, nowUs));
  }

  /**
   * A line of JSON about all cameras. The first line of a viewer has the history of two minutes,
   * later lines have the last seconds.
   */
  describe(isFirst: boolean): string {
    if (isFirst) return this.#describeAll();
    this.#tail ??= this.#describe(Math.floor(readWallClockUs() / 1e6) - tailSeconds);
    return this.#tail;
  }

  #updateDetected(result: FrameResult, jpeg: Uint8Array): void {
    this.latest.updateDetected(result, jpeg);
    this.#changes.notify();
    this.#changesOf.get(result.camera.key)?.notify();
  }

  #report(camera: Camera, nowUs: number): CameraReport {
    const options = { isExpected: this.#cameras.expected.has(camera), results: this.results };
    return reportCamera(camera, this.latest.find(camera), nowUs, options);
  }

  #describe(fromSecond: number): string {
    const nowUs = readWallClockUs();
    const cameras: CameraState[] = this.#cameras.all.map((camera) => ({
      ...this.#report(camera, nowUs),
      history: reportHistory(camera, fromSecond, nowUs),
    }));
    return `${JSON.stringify({ type: 'cameras', at: new Date(nowUs / 1000).toISOString(), cameras })}\n`;
  }

  #tick(): void {
    this.second++;
    this.#tail = undefined;
    this.latest.prune();
    this.#changes.notify();
    for (const [key, changes] of this.#changesOf) {
      if (changes.isIdle) this.#changesOf.delete(key);
      else changes.notify();
    }
  }
}
