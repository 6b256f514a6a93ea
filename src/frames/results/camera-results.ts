import type { Camera } from '../camera.ts';
import { LatencyHistogram } from '../latency-histogram.ts';
import { ageOf, type FrameResult } from './frame-result.ts';

/** The rate is that of so much time. */
const rateMs = 5000;
/** A week is as good as for ever. */
const maxAgeMs = 7 * 86_400_000;

/** Figures of the results of a camera, since the receiver was started. */
export interface ResultFigures {
  /** Time in the detector. */
  readonly detection: LatencyHistogram;
  /** From the capture to the answer, where that is known. */
  readonly age: LatencyHistogram;
}

interface Recent extends ResultFigures {
  last: FrameResult;
  /** When the last results came, by a steady clock: the oldest first. */
  readonly timesMs: number[];
}

/** The last result of each camera, how often one comes, and how long it takes. */
export class CameraResults {
  readonly #recent = new WeakMap<Camera, Recent>();
  readonly #readClockMs: () => number;

  constructor(readClockMs = () => performance.now()) {
    this.#readClockMs = readClockMs;
  }

  add(result: FrameResult): void {
    const recent = this.#recent.get(result.camera) ?? makeRecent(result);
    this.#recent.set(result.camera, recent);
    recent.last = result;
    recent.detection.add(result.detectUs / 1000);
    const ageUs = ageOf(result);
    this.lastAgeMs = ageUs === undefined ? undefined : Math.min(Math.max(0, Math.round(ageUs / 1000)), maxAgeMs);
    // A clock that is not compared may make it negative.
    if (ageUs !== undefined) recent.age.add(Math.max(0, ageUs / 1000));
    recent.timesMs.push(this.#readClockMs());
    this.#forgetOld(recent);
  }

  /** Undefined where there was none yet. */
  last(camera: Camera): FrameResult | undefined {
    return this.#recent.get(camera)?.last;
  }

  /** Of the last result of all cameras: milliseconds from the capture to the answer; undefined where that is not known. */
  lastAgeMs: number | undefined;

  /** Undefined where there was no result yet. */
  figures(camera: Camera): ResultFigures | undefined {
    return this.#recent.get(camera);
  }

  /** Results in a second, over the last five seconds. */
  rate(camera: Camera): number {
    const recent = this.#recent.get(camera);
    if (recent === undefined) return 0;
    this.#forgetOld(recent);
    const [firstMs] = recent.timesMs;
    if (firstMs === undefined) return 0;
    const spanMs = Math.min(rateMs, Math.max(1000, this.#readClockMs() - firstMs));
    return (recent.timesMs.length * 1000) / spanMs;
  }

  #forgetOld({ timesMs }: Recent): void {
    const oldestMs = this.#readClockMs() - rateMs;
    const fresh = timesMs.findIndex((timeMs) => timeMs >= oldestMs);
    timesMs.splice(0, fresh === -1 ? timesMs.length : fresh);
  }
}

function makeRecent(last: FrameResult): Recent {
  return { last, timesMs: [], detection: new LatencyHistogram(), age: new LatencyHistogram() };
}
