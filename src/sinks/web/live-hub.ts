import type { Camera } from '../../frames/camera.ts';
import { plainName } from '../../frames/camera-key.ts';
import type { CameraRegistry } from '../../frames/camera-registry.ts';
import type { ReceivedFrame } from '../../frames/received-frame.ts';
import { readWallClockUs } from '../../system/clock.ts';
import { Notify } from '../../system/notify.ts';
import { cacheFor } from './cache-for.ts';
import { type CameraReport, type ReportedSecond, reportCamera, reportHistory } from './camera-report.ts';
import { LatestFrames, type Slot } from './latest-frames.ts';

const tickMs = 1000;
/** Told again each time, as the newest was not over the last time. */
const tailSeconds = 2;

/** A camera with its rate and latency, second by second. */
export interface CameraState extends CameraReport {
  readonly history: readonly ReportedSecond[];
}

/** What all viewers look at: the newest frames, and the state of all cameras once a second. */
export class LiveHub {
  readonly #cameras: CameraRegistry;
  readonly newest: LatestFrames;
  /** Rings when there is a frame, or a new second. */
  readonly changes = new Notify();
  readonly #timer: NodeJS.Timeout;
  /** How many seconds it has been there. */
  second = 0;
  readonly #describeAll = cacheFor(() => this.#describe(0));
  /** Of this second, made when it is first asked for. */
  #tail: string | undefined;

  constructor(cameras: CameraRegistry) {
    this.#cameras = cameras;
    this.newest = new LatestFrames(cameras);
    this.#timer = setInterval(() => this.#tick(), tickMs).unref();
  }

  take(frame: ReceivedFrame): void {
    this.newest.take(frame);
    this.changes.notify();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  find(key: string): { readonly camera: Camera; readonly slot: Slot | undefined } | undefined {
    // What people call it does as well. Keys come first: two cameras may be called the same, and the page asks by key.
    const camera = this.#cameras.find(key) ?? this.#cameras.findTitle(key) ?? this.#cameras.find(plainName(key));
    return camera === undefined ? undefined : { camera, slot: this.newest.find(camera) };
  }

  reports(): CameraReport[] {
    const nowUs = readWallClockUs();
    return this.#cameras.all.map((camera) => reportCamera(camera, this.newest.find(camera), nowUs));
  }

  /** A line of JSON about all cameras: the first that a viewer gets has two minutes, the later ones what is new. */
  describe(isFirst: boolean): string {
    if (isFirst) return this.#describeAll();
    this.#tail ??= this.#describe(Math.floor(readWallClockUs() / 1e6) - tailSeconds);
    return this.#tail;
  }

  #describe(fromSecond: number): string {
    const nowUs = readWallClockUs();
    const cameras: CameraState[] = this.#cameras.all.map((camera) => ({
      ...reportCamera(camera, this.newest.find(camera), nowUs),
      history: reportHistory(camera, fromSecond, nowUs),
    }));
    return `${JSON.stringify({ type: 'cameras', at: new Date(nowUs / 1000).toISOString(), cameras })}\n`;
  }

  #tick(): void {
    this.second++;
    this.#tail = undefined;
    this.newest.prune();
    this.changes.notify();
  }
}
