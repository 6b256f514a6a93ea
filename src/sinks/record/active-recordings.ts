import { type ActiveRecording, isOverdue, type SegmentLimits } from './active-recording.ts';

/** Where more cameras record, the file ends of the one that has waited longest for a picture. */
const maxRecordings = 500;

/** The files that are being written, one of each camera. */
export class ActiveRecordings {
  readonly #onEnd: (recording: ActiveRecording) => void;
  /** By the key of the camera. */
  readonly #recordings = new Map<string, ActiveRecording>();
  /** Keys of cameras of which a picture is being written: their files do not end meanwhile. */
  readonly #busy = new Set<string>();
  /** When the files of cameras that went end, by key: milliseconds of `performance.now`. */
  readonly #ends = new Map<string, number>();

  /** @param onEnd called with each file to which nothing more is written */
  constructor(onEnd: (recording: ActiveRecording) => void) {
    this.#onEnd = onEnd;
  }

  get size(): number {
    return this.#recordings.size;
  }

  get all(): ActiveRecording[] {
    return [...this.#recordings.values()];
  }

  has(key: string): boolean {
    return this.#recordings.has(key);
  }

  get(key: string): ActiveRecording | undefined {
    return this.#recordings.get(key);
  }

  add(recording: ActiveRecording): void {
    this.#recordings.set(recording.camera.key, recording);
  }

  /** Does work with the file of a camera, which does not end meanwhile for want of pictures. */
  async use<T>(key: string, work: () => Promise<T>): Promise<T> {
    this.#ends.delete(key);
    this.#busy.add(key);
    try {
      return await work();
    } finally {
      this.#busy.delete(key);
    }
  }

  /** The camera went: its file ends then, unless it comes back. */
  endAt(key: string, ms: number): void {
    if (this.#recordings.has(key)) this.#ends.set(key, ms);
  }

  end(key: string): void {
    const recording = this.#recordings.get(key);
    if (recording === undefined) return;
    this.#recordings.delete(key);
    this.#ends.delete(key);
    this.#onEnd(recording);
  }

  /**
   * The file is gone: nothing can be completed. False where it is in use, or another one has taken
   * its place.
   */
  lose(recording: ActiveRecording): boolean {
    const { key } = recording.camera;
    if (this.#busy.has(key) || this.#recordings.get(key) !== recording) return false;
    this.#recordings.delete(key);
    return true;
  }

  /** Makes room for another file, where there are too many. */
  makeRoom(): void {
    if (this.#recordings.size < maxRecordings) return;
    let idlest: ActiveRecording | undefined;
    for (const [key, recording] of this.#recordings) {
      const isOlder = recording.lastReceivedUs < (idlest?.lastReceivedUs ?? Number.POSITIVE_INFINITY);
      if (isOlder && !this.#busy.has(key)) idlest = recording;
    }
    if (idlest !== undefined) this.end(idlest.camera.key);
  }

  /**
   * Files that are in use end with the current picture.
   * @param own key of the camera that asks, whose file ends at once
   */
  endAll(own: string): void {
    for (const [key, recording] of [...this.#recordings]) {
      if (key !== own && this.#busy.has(key)) recording.isDone = true;
      else if (recording.frames > 0) this.end(key);
    }
  }

  /** Ends the files that no picture will end. */
  endOverdue(limits: SegmentLimits): void {
    const nowMs = performance.now();
    for (const [key, recording] of [...this.#recordings]) {
      const isGone = nowMs >= (this.#ends.get(key) ?? Number.POSITIVE_INFINITY);
      if (!this.#busy.has(key) && (isGone || isOverdue(recording, nowMs, limits))) this.end(key);
    }
  }
}
