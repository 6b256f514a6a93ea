import type { Camera } from '../cameras/camera.ts';
import type { CameraRegistry } from '../cameras/camera-registry.ts';
import type { ReceivedFrame, Sender } from '../link/receiving/received-frame.ts';
import { pause } from '../system/abort.ts';
import { Bell } from '../system/bell.ts';
import { WorkMeter } from '../system/flow.ts';
import { Gate } from '../system/gate.ts';
import type { Log } from '../system/log.ts';
import { type Entry, Lane } from './lane.ts';
import { PacedJournal, type PacedNames } from './paced-journal.ts';
import type { Sampler } from './sampler.ts';
import { type DiskFigures, isExpendable, type Sink, type SinkFigures } from './sink.ts';

/** Between two tries of a frame that must not be lost. */
const retryMs = 1000;
/** Longest wait for room, once; until the work goes on after that the oldest frames are left out. */
const patienceMs = 2000;

/** What is done with each frame, one of a camera at a time unless the options say more. */
export interface FrameWorker {
  /** Resolves when a piece of work can be done, with what to call when it is: until then frames wait, and one is picked only then. */
  ready?(): Promise<() => void>;
  /** @throws CodedError whose message says what could not be done, and why */
  work(frame: ReceivedFrame, camera: Camera): Promise<void>;
  /** The camera is gone, and all of its frames that could be dealt with are. */
  leave?(camera: Camera): Promise<void>;
  /** Undefined where it keeps no files. */
  readonly disk?: DiskFigures | undefined;
  /** Nothing more will come. */
  close?(): Promise<void>;
}

export interface PacedOptions extends PacedNames {
  /** Which frames are left out when the work is behind, the oldest first; the others make their sender wait. */
  readonly isExpendable?: (frame: ReceivedFrame) => boolean;
  /** Of one camera, that may wait and be left out; more than that are. */
  readonly mostFrames?: number;
  /** Of all cameras. */
  readonly mostBytes?: number;
  /** Frames that are worked on at the same time; of one camera, so many of these. */
  readonly mostAtOnce?: number;
  readonly mostOfCamera?: number;
  /** Picks the frames that there is work for; undefined: all. */
  readonly sampler?: Pick<Sampler, 'picks'> | undefined;
}

/** What a service's memory is reckoned with. */
export const mostWaitingBytes = 64 * 2 ** 20;
/** Cameras that have frames waiting, or had some and are there: more are made up by whoever wants to fill memory. */
const mostLanes = 5000;
/** A disk's bad two seconds at 30 a second; and two threads of the eight are left for others. */
const usual = { isExpendable, mostFrames: 64, mostBytes: mostWaitingBytes, mostAtOnce: 6, mostOfCamera: 1 };

/**
 * Lets work that may be slow, hang or fail have its own pace. Frames wait in a lane for each camera; expendable ones are left out when too
 * many do, or when the work fails; the others are tried again until they are done, and their sender waits.
 */
export class PacedSink implements Sink {
  readonly #cameras: CameraRegistry;
  readonly #worker: FrameWorker;
  readonly #options: typeof usual & PacedOptions;
  readonly #stop: AbortSignal;
  readonly #journal: PacedJournal;
  /** By the key of the camera: one that was forgotten and is back goes on in its lane. */
  readonly #lanes = new Map<string, Lane>();
  readonly #gate: Gate;
  readonly #meter = new WorkMeter();
  readonly #running = new Set<Promise<void>>();
  #done = 0;
  #dropped = 0;
  #failures = 0;
  /** Rings when a frame is dealt with. */
  readonly #bell = new Bell();
  #waitingFrames = 0;
  #waitingBytes = 0;

  /** @param stop from its abort on nothing is tried again */
  constructor(cameras: CameraRegistry, worker: FrameWorker, options: PacedOptions, log: Log, stop: AbortSignal) {
    this.#cameras = cameras;
    this.#worker = worker;
    this.#options = { ...usual, ...options };
    this.#gate = new Gate(this.#options.mostAtOnce);
    this.#stop = stop;
    this.#journal = new PacedJournal(options, log);
  }

  get figures(): SinkFigures {
    return {
      name: this.#options.name,
      done: this.#done,
      dropped: this.#dropped,
      failures: this.#failures,
      waitingFrames: this.#waitingFrames,
      waitingBytes: this.#waitingBytes,
      disk: this.#worker.disk,
    };
  }

  isFlowing(): boolean {
    return this.#meter.isFlowing();
  }

  take(frame: ReceivedFrame): boolean | Promise<boolean> {
    const camera = this.#cameras.of(frame.sender);
    if (this.#options.sampler?.picks(frame, camera) === false) return true;
    if (this.#lanes.size >= mostLanes && !this.#lanes.has(camera.key) && this.#options.isExpendable(frame)) {
      this.#drop(camera);
      return true;
    }
    const lane = this.#laneOf(camera);
    if (this.#options.isExpendable(frame)) {
      if (this.#isPatient(frame) && this.#isFull(lane) && !lane.isStuck) return this.#waitForRoom(camera, frame);
      this.#add(lane, { frame, settle: undefined });
      return true;
    }
    return new Promise<boolean>((settle) => this.#add(lane, { frame, settle }));
  }

  leave(sender: Sender): void {
    const camera = this.#cameras.of(sender);
    // It may have another connection already.
    if (camera.senders.size > 1) return;
    const lane = this.#laneOf(camera);
    lane.end();
    this.#start(lane);
  }

  async close(): Promise<void> {
    await Promise.all(this.#running);
    await this.#worker.close?.();
    this.#journal.end(this.#done, this.#dropped);
  }

  /** Nobody knows what its sender wants: it waits for a while when the work is only slow, as a file that is sent at full speed must. */
  #isPatient({ sender }: ReceivedFrame): boolean {
    return sender.delivery === undefined && this.#options.mostFrames > 1;
  }

  #isFull(lane: Lane): boolean {
    const { mostFrames, mostBytes } = this.#options;
    return lane.expendable >= mostFrames || this.#waitingBytes >= mostBytes;
  }

  async #waitForRoom(camera: Camera, frame: ReceivedFrame): Promise<boolean> {
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), patienceMs);
    while (this.#isFull(this.#laneOf(camera)) && !timeout.signal.aborted) await this.#bell.heard(timeout.signal);
    clearTimeout(timer);
    // The connection may be gone meanwhile, and the lane with it.
    const lane = this.#laneOf(camera);
    lane.isStuck = this.#isFull(lane);
    this.#add(lane, { frame, settle: undefined });
    return true;
  }

  #add(lane: Lane, entry: Entry): void {
    this.#waitingFrames++;
    this.#waitingBytes += entry.frame.jpeg.length;
    lane.add(entry);
    if (entry.settle === undefined) this.#trim(lane);
    this.#start(lane);
  }

  #laneOf(camera: Camera): Lane {
    let lane = this.#lanes.get(camera.key);
    if (lane === undefined) {
      lane = new Lane(camera);
      this.#lanes.set(camera.key, lane);
    }
    lane.camera = camera;
    return lane;
  }

  /** Leaves out the oldest where too many wait. */
  #trim(lane: Lane): void {
    const { mostFrames, mostBytes } = this.#options;
    if (lane.expendable > mostFrames) this.#leaveOut(lane, `${mostFrames} of ${lane.camera.key}`);
    while (this.#waitingBytes > mostBytes) {
      const longest = [...this.#lanes.values()].reduce((a, b) => (b.expendableBytes > a.expendableBytes ? b : a));
      if (longest.expendable === 0) return;
      this.#leaveOut(longest, `${mostBytes / 2 ** 20} MiB`);
    }
  }

  #leaveOut(lane: Lane, limit: string): void {
    const frame = lane.dropOldest();
    if (frame === undefined) return;
    this.#forget(frame);
    this.#drop(lane.camera);
    // Only the newest is wanted: to leave out the others is no failure.
    if (this.#options.mostFrames > 1) this.#journal.leaveOut(limit);
  }

  #drop(camera: Camera): void {
    this.#dropped++;
    camera.leaveOut(this.#options.name);
  }

  #forget(frame: ReceivedFrame): void {
    this.#waitingFrames--;
    this.#waitingBytes -= frame.jpeg.length;
  }

  #start(lane: Lane): void {
    if (lane.workers >= this.#options.mostOfCamera) return;
    lane.workers++;
    const running = this.#run(lane).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #run(lane: Lane): Promise<void> {
    while (!lane.isEmpty) {
      const failed = await this.#gate.pass(() => this.#step(lane));
      // Whoever waits for the next try is in nobody's way.
      if (failed !== undefined) await this.#persist(failed, lane);
    }
    lane.workers--;
    if (lane.workers === 0 && !lane.camera.isOnline) this.#lanes.delete(lane.camera.key);
    if (this.#waitingFrames === 0) this.#journal.catchUp();
  }

  /** Deals with what waits longest. Returns it when it failed and is to be tried again. */
  async #step(lane: Lane): Promise<Entry | undefined> {
    if (this.#worker.ready === undefined) return this.#stepNow(lane);
    const release = await this.#worker.ready();
    return await this.#stepNow(lane).finally(release);
  }

  async #stepNow(lane: Lane): Promise<Entry | undefined> {
    const next = lane.next();
    if (next === undefined) return undefined;
    if (next === 'end') {
      await this.#leave(lane);
      return undefined;
    }
    const isLossless = next.settle !== undefined;
    const isDone = await this.#try(() => this.#worker.work(next.frame, lane.camera), lane, isLossless);
    if (!isDone && isLossless) return next;
    this.#finish(next, lane, isDone);
    return undefined;
  }

  async #leave(lane: Lane): Promise<void> {
    try {
      await this.#meter.pass(async () => this.#worker.leave?.(lane.camera));
    } catch (error) {
      this.#failures++;
      this.#journal.fail(error, lane, false);
    }
  }

  /** Tries until it is done, or the program stops. */
  async #persist(entry: Entry, lane: Lane): Promise<void> {
    let isDone = false;
    while (!isDone && !this.#stop.aborted) {
      await pause(retryMs, this.#stop);
      isDone = await this.#gate.pass(() => {
        return this.#try(() => this.#worker.work(entry.frame, lane.camera), lane, true);
      });
    }
    this.#finish(entry, lane, isDone);
  }

  #finish({ frame, settle }: Entry, lane: Lane, isDone: boolean): void {
    this.#forget(frame);
    if (isDone) this.#done++;
    else if (settle === undefined) this.#drop(lane.camera);
    settle?.(isDone);
    lane.isStuck = false;
    this.#bell.ring();
  }

  /** Whether it went well. */
  async #try(work: () => Promise<void>, lane: Lane, isLossless: boolean): Promise<boolean> {
    try {
      await this.#meter.pass(work);
    } catch (error) {
      this.#failures++;
      // What ends with the program is told of by whoever ends it.
      if (!this.#stop.aborted) this.#journal.fail(error, lane, isLossless);
      return false;
    }
    this.#journal.succeed(lane);
    return true;
  }
}
