import { Camera } from '../../frames/camera.ts';
import type { CameraRegistry } from '../../frames/camera-registry.ts';
import { createConnectionStats, type ReceivedFrame } from '../../frames/received-frame.ts';
import type { AskedPicture, DetectorStats, ResultHub } from '../../frames/results/result-hub.ts';
import { type Answer, readDetections } from '../../protocol/results/answer.ts';
import type { Detections } from '../../protocol/results/detection.ts';
import type { ChildCommand } from '../../system/child-command.ts';
import { readWallClockUs } from '../../system/clock.ts';
import { LimitedLog } from '../../system/limited-log.ts';
import type { Log } from '../../system/log.ts';
import type { Sink, SinkStats } from '../sink.ts';
import { Detector } from './detector.ts';
import type { PendingFrame } from './pending-frames.ts';
import { TurnLimiter } from './turn-limiter.ts';
import { WaitingFrames } from './waiting-frames.ts';

export interface DetectSettings {
  readonly command: ChildCommand;
  /** Names or keys of cameras; empty: all. */
  readonly cameras: readonly string[];
  /** Pictures of each camera in a second; undefined: as many as the detector can. */
  readonly maxFps: number | undefined;
  /** Programs that share the cameras. */
  readonly workers: number;
  /** Pictures that each of them has at the same time. */
  readonly ahead: number;
  /** The longest time from a picture to its answer: milliseconds. */
  readonly timeoutMs: number;
}

/** Bytes of the pictures that wait for their turn. */
export const maxWaitingBytes = 64e6;
const name = 'detect';
/** Stands for the camera of a picture that a program asks about. */
const askedKey = 'asked';
const logLines = 1;

/** Gives the newest pictures to detectors, one when the answer for the one before is there, and tells their results. */
export class DetectSink implements Sink {
  readonly #cameras: CameraRegistry;
  readonly #settings: DetectSettings;
  readonly #results: ResultHub;
  readonly #log: LimitedLog;
  readonly #waiting = new WaitingFrames(maxWaitingBytes);
  readonly #limiter: TurnLimiter;
  readonly #detectors: readonly Detector[];
  readonly #stop = new AbortController();
  #running: Promise<unknown> = Promise.resolve();
  #answers = 0;
  #asked = 0;
  #dropped = 0;
  #refused = 0;
  /** Those that wait for an answer about a picture which is of no camera. */
  readonly #asking = new WeakMap<Camera, (found: Detections | undefined) => void>();

  constructor(cameras: CameraRegistry, settings: DetectSettings, results: ResultHub, log: Log) {
    this.#cameras = cameras;
    this.#settings = settings;
    this.#results = results;
    this.#log = new LimitedLog(log, logLines);
    this.#limiter = new TurnLimiter(settings.maxFps);
    const listener = {
      answered: (pending: PendingFrame, answer: Answer, detectUs: number) => this.#tell(pending, answer, detectUs),
      lost: ({ camera }: PendingFrame) => this.#drop(camera),
      ready: () => this.#feed(),
    };
    this.#detectors = Array.from({ length: settings.workers }, (_, i) => {
      const label = settings.workers === 1 ? '' : ` ${i + 1}`;
      return new Detector({ ...settings, label }, listener, this.#log);
    });
    results.readDetector = () => this.#count();
    results.ask = (picture) => this.#ask(picture);
  }

  get stats(): SinkStats {
    return {
      name,
      done: this.#answers,
      dropped: this.#dropped,
      failures: this.#count().restarts,
      waitingFrames: this.#waiting.length,
      waitingBytes: this.#waiting.bytes,
    };
  }

  start(): void {
    this.#running = Promise.all(this.#detectors.map((detector) => detector.run(this.#stop.signal)));
  }

  /** No sender waits for a detector. */
  write(frame: ReceivedFrame): boolean {
    const camera = this.#cameras.get(frame.connection);
    if (!this.#isWanted(camera)) return true;
    if (!this.#waiting.has(camera) && !this.#limiter.isDue(camera)) {
      this.#drop(camera);
      return true;
    }
    for (const dropped of this.#waiting.put({ camera, frame })) this.#drop(dropped);
    this.#feed();
    return true;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    for (const camera of this.#waiting.clear()) this.#drop(camera);
    await this.#running;
  }

  #count(): DetectorStats {
    const sum = (pick: (detector: Detector) => number) => this.#detectors.reduce((all, one) => all + pick(one), 0);
    return {
      answers: this.#answers,
      refused: this.#refused,
      mismatches: sum(({ mismatches }) => mismatches),
      unreadable: sum(({ unreadable }) => unreadable),
      restarts: sum(({ restarts }) => restarts),
    };
  }

  #isWanted(camera: Camera): boolean {
    const { cameras } = this.#settings;
    return cameras.length === 0 || cameras.some((one) => this.#cameras.findNamed(one) === camera);
  }

  /** A picture that is of no camera has a turn of its own, as that of a camera has. Undefined where there is no answer in time. */
  #ask({ jpeg, width, height, address, timeoutMs }: AskedPicture): Promise<Detections | undefined> {
    const receivedAtUs = readWallClockUs();
    const camera = new Camera(askedKey, askedKey, receivedAtUs);
    const times = { capturedAtUs: undefined, receivedAtUs, latency: undefined };
    const connection = createConnectionStats(address);
    const frame = { jpeg, width, height, connection, stream: undefined, sequence: ++this.#asked, ...times };
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), timeoutMs);
      this.#asking.set(camera, (found) => {
        clearTimeout(timer);
        resolve(found);
      });
      for (const dropped of this.#waiting.put({ camera, frame })) this.#drop(dropped);
      this.#feed();
    });
  }

  #feed(): void {
    for (let free = this.#findFree(); free !== undefined; free = this.#findFree()) {
      const next = this.#waiting.next();
      if (next === undefined) return;
      this.#limiter.begin(next.camera);
      free.give(next);
    }
  }

  /** The one that has least to do. */
  #findFree(): Detector | undefined {
    let best: Detector | undefined;
    for (const detector of this.#detectors)
      if (detector.hasRoom && (best === undefined || detector.load < best.load)) best = detector;
    return best;
  }

  #tell({ camera, frame }: PendingFrame, answer: Answer, detectUs: number): void {
    const { refused, ...found } = readDetections(answer, frame);
    this.#answers++;
    this.#refused += refused;
    if (refused > 0) {
      const what = `${refused} of ${answer.found.length} detections for ${camera.key}`;
      const rule = 'each must have a label, a confidence from 0 to 1 and a box in the picture';
      this.#log.warn('refused', `Cannot read ${what}: ${rule} [DETECTOR_FAILED]`);
    }
    const asking = this.#asking.get(camera);
    if (asking !== undefined) {
      asking(found);
      return;
    }
    const { jpeg, ...known } = frame;
    this.#results.tell({ ...found, camera, frame: known, detectUs, answeredAtUs: readWallClockUs() }, jpeg);
  }

  #drop(camera: Camera): void {
    this.#asking.get(camera)?.(undefined);
    this.#dropped++;
    camera.countDropped(name);
  }
}
