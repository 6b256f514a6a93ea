import type { Camera } from '../../cameras/camera.ts';
import type { CameraRegistry } from '../../cameras/camera-registry.ts';
import type { ReceivedFrame, Sender } from '../../link/receiving/received-frame.ts';
import { onAbort, pause } from '../../system/abort.ts';
import { WorkMeter } from '../../system/flow.ts';
import { Gate } from '../../system/gate.ts';
import type { Log } from '../../system/log.ts';
import type { Sampler } from '../sampler.ts';
import { type DiskFigures, isExpendable, type Sink, type SinkFigures } from '../sink.ts';
import type { Entry, Lane } from './lane.ts';
import { type Fate, PacedJournal, type PacedNames } from './paced-journal.ts';
import { type RoomLimits, WaitingRoom } from './waiting-room.ts';

/** Between two tries of a frame that must not be lost. */
const retryMs = 1000;
/** Longest wait for room, once; until the work goes on after that the oldest frames are left out. */
const patienceMs = 2000;
/** Longest wait for a frame whose sender waits for a reply, where no try of it fails: a disk may have to start first. */
const replyMs = 10_000;
/** How long after the stop work that waits is still begun. */
const graceMs = 5000;

/** What is done with each frame, one of a camera at a time unless the options say more. */
export interface FrameWorker {
  /** Resolves when work for that camera can be done; undefined: it can. Others have their turn meanwhile. */
  roomFor?(camera: Camera): Promise<void> | undefined;
  /** Resolves when a piece of work can be done, with what to call when it is: until then frames wait, and one is picked only then. */
  ready?(): Promise<() => void>;
  /**
   * @returns what is still to come, where there is something: the next of the camera is worked on meanwhile
   * @throws CodedError whose message says what could not be done, and why
   */
  work(frame: ReceivedFrame, camera: Camera): Promise<void> | Promise<UnsettledWork | undefined>;
  /** The camera is gone, and all of its frames that could be dealt with are. */
  leave?(camera: Camera): Promise<void>;
  /** Undefined where it keeps no files. */
  readonly disk?: DiskFigures | undefined;
  /** Nothing more will come. */
  close?(): Promise<void>;
}

/** Work on a frame that nothing has to wait for but its sender. */
export interface UnsettledWork {
  /** Rejects as `work` does: the frame is worked on once more then. */
  readonly settled: Promise<void>;
}

export interface PacedOptions extends PacedNames, Partial<RoomLimits> {
  /** Which frames are left out when the work is behind, the oldest first; the others make their sender wait. */
  readonly isExpendable?: (frame: ReceivedFrame) => boolean;
  /** Frames that are worked on at the same time; of one camera, so many of these. */
  readonly mostAtOnce?: number;
  readonly mostOfCamera?: number;
  /** Picks the frames that there is work for; undefined: all. */
  readonly sampler?: Pick<Sampler, 'picks'> | undefined;
}

/** What a service's memory is reckoned with. */
export const mostWaitingBytes = 64e6;
/** A disk's bad two seconds at 30 a second; and two threads of the twelve are left for others, four to sync files. */
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
  readonly #room: WaitingRoom;
  readonly #gate: Gate;
  readonly #meter = new WorkMeter();
  readonly #running = new Set<Promise<void>>();
  #done = 0;
  #dropped = 0;
  #failures = 0;

  /** @param stop from its abort on nothing is tried again */
  constructor(cameras: CameraRegistry, worker: FrameWorker, options: PacedOptions, log: Log, stop: AbortSignal) {
    this.#cameras = cameras;
    this.#worker = worker;
    this.#options = { ...usual, ...options };
    this.#room = new WaitingRoom(this.#options);
    this.#gate = new Gate(this.#options.mostAtOnce);
    this.#stop = stop;
    this.#journal = new PacedJournal(options, log);
    onAbort(stop, () => setTimeout(() => this.#giveUp(), graceMs).unref());
  }

  get figures(): SinkFigures {
    return {
      name: this.#options.name,
      done: this.#done,
      dropped: this.#dropped,
      failures: this.#failures,
      waitingFrames: this.#room.frames,
      waitingBytes: this.#room.bytes,
      queues: this.#room.lanes,
      disk: this.#worker.disk,
    };
  }

  isFlowing(): boolean {
    return this.#meter.isFlowing();
  }

  take(frame: ReceivedFrame): boolean | Promise<boolean> {
    const camera = this.#cameras.of(frame.sender);
    if (this.#options.sampler?.picks(frame, camera) === false) return true;
    if (!this.#options.isExpendable(frame)) {
      return new Promise<boolean>((settle) => this.#addLossless(this.#room.laneOf(camera), { frame, settle }));
    }
    if (!this.#room.admits(camera)) {
      this.#drop(camera);
      return true;
    }
    const lane = this.#room.laneOf(camera);
    if (this.#isPatient(frame) && this.#room.isFull(lane) && !lane.isStuck) return this.#waitForRoom(camera, frame);
    this.#add(lane, { frame, settle: undefined });
    return true;
  }

  leave(sender: Sender): void {
    const camera = this.#cameras.of(sender);
    // It may have another connection already.
    if (camera.senders.size > 1) return;
    const lane = this.#room.laneOf(camera);
    lane.end();
    this.#start(lane);
  }

  async close(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
    await this.#worker.close?.();
    this.#journal.end(this.#done, this.#dropped);
  }

  /** Nobody knows what its sender wants: it waits for a while when the work is only slow, as a file that is sent at full speed must. */
  #isPatient({ sender }: ReceivedFrame): boolean {
    return sender.delivery === undefined && this.#options.mostFrames > 1;
  }

  async #waitForRoom(camera: Camera, frame: ReceivedFrame): Promise<boolean> {
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), patienceMs);
    const room = this.#room;
    // The connection may be gone meanwhile, and the lane with it.
    let lane = room.laneOf(camera);
    while (room.isFull(lane) && !timeout.signal.aborted) {
      await lane.bell.heard(timeout.signal);
      lane = room.laneOf(camera);
    }
    clearTimeout(timer);
    lane.isStuck = room.isFull(lane);
    this.#add(lane, { frame, settle: undefined });
    return true;
  }

  #addLossless(lane: Lane, { frame, settle }: Required<Pick<Entry, 'frame' | 'settle'>>): void {
    if (!frame.sender.awaitsReply) {
      this.#add(lane, { frame, settle });
      return;
    }
    const deadline = { patientUntilMs: performance.now() + patienceMs, isOver: false };
    const timer = setTimeout(() => {
      deadline.isOver = true;
      // What is worked on may yet be done; what waits is not begun any more.
      if (lane.remove(entry)) this.#finish(entry, lane, false);
      else entry.settle?.(false);
    }, replyMs).unref();
    const entry: Entry = {
      frame,
      deadline,
      settle: (isTaken) => {
        clearTimeout(timer);
        settle?.(isTaken);
      },
    };
    this.#add(lane, entry);
  }

  #add(lane: Lane, entry: Entry): void {
    for (const { camera, limit } of this.#room.add(lane, entry)) {
      this.#drop(camera);
      // Only the newest is wanted: to leave out the others is no failure.
      if (this.#options.mostFrames > 1) this.#journal.leaveOut(limit);
    }
    this.#start(lane);
  }

  #drop(camera: Camera): void {
    this.#dropped++;
    camera.leaveOut(this.#options.name);
  }

  /** Drops all that waits, however much it is, so that the program ends in time. */
  #giveUp(): void {
    for (const lane of [...this.#room.lanes]) {
      for (let next = lane.next(); next !== undefined; next = lane.next()) {
        if (next !== 'end') this.#finish(next, lane, false);
      }
    }
  }

  #start(lane: Lane): void {
    if (lane.workers >= this.#options.mostOfCamera) return;
    lane.workers++;
    this.#watch(this.#run(lane));
  }

  #watch(work: Promise<void>): void {
    const running: Promise<void> = work.finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #run(lane: Lane): Promise<void> {
    while (!lane.isEmpty) {
      const room = this.#worker.roomFor?.(lane.camera);
      if (room !== undefined) await room;
      const failed = await this.#gate.pass(() => this.#step(lane), lane.host);
      // Whoever waits for the next try is in nobody's way.
      if (failed !== undefined) await this.#persist(failed, lane);
    }
    lane.workers--;
    if (lane.workers === 0 && !lane.camera.isOnline) this.#room.close(lane);
    if (this.#room.frames === 0) this.#journal.catchUp();
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
    return (await this.#attempt(next, lane)) ? undefined : next;
  }

  /** False where it failed and is to be tried again. */
  async #attempt(entry: Entry, lane: Lane): Promise<boolean> {
    const isLossless = entry.settle !== undefined;
    const rests: UnsettledWork[] = [];
    const work = async () => {
      const rest = await this.#worker.work(entry.frame, lane.camera);
      if (rest !== undefined) rests.push(rest);
    };
    const isDone = await this.#try(work, lane, fateOf(entry));
    if (!isDone && isLossless) return false;
    const [rest] = rests;
    if (rest === undefined) this.#finish(entry, lane, isDone);
    else this.#watch(this.#settle(rest, entry, lane));
    return true;
  }

  async #settle({ settled }: UnsettledWork, entry: Entry, lane: Lane): Promise<void> {
    if (await this.#try(() => settled, lane, fateOf(entry))) this.#finish(entry, lane, true);
    else await this.#persist(entry, lane);
    if (this.#room.frames === 0) this.#journal.catchUp();
  }

  async #leave(lane: Lane): Promise<void> {
    try {
      await this.#meter.pass(async () => this.#worker.leave?.(lane.camera));
    } catch (error) {
      this.#failures++;
      this.#journal.fail(error, lane, 'dropped');
    }
  }

  /** Tries until it is done, or the program stops. */
  async #persist(entry: Entry, lane: Lane): Promise<void> {
    while (!this.#stop.aborted && !isLastTry(entry)) {
      await pause(retryMs, this.#stop);
      if (await this.#gate.pass(() => this.#attempt(entry, lane), lane.host)) return;
    }
    this.#finish(entry, lane, false);
  }

  #finish({ frame, settle, deadline }: Entry, lane: Lane, isDone: boolean): void {
    this.#room.release(frame, lane);
    if (isDone) {
      this.#done++;
      this.#journal.succeed(lane);
    } else if (settle === undefined || deadline !== undefined) this.#drop(lane.camera);
    settle?.(isDone);
    lane.isStuck = false;
    lane.bell.ring();
  }

  /** Whether it went well. */
  async #try(work: () => Promise<void>, lane: Lane, fate: Fate): Promise<boolean> {
    try {
      await this.#meter.pass(work);
    } catch (error) {
      this.#failures++;
      // What ends with the program is told of by whoever ends it.
      if (!this.#stop.aborted) this.#journal.fail(error, lane, fate);
      return false;
    }
    return true;
  }
}

function fateOf({ settle, deadline }: Entry): Fate {
  if (deadline !== undefined) return 'refused';
  return settle === undefined ? 'dropped' : 'waiting';
}

/** Whether its sender is not to wait for another try. */
function isLastTry({ deadline }: Entry): boolean {
  return deadline !== undefined && (deadline.isOver || performance.now() >= deadline.patientUntilMs);
}
