import type { Camera } from '../../frames/camera.ts';
import type { CameraRegistry } from '../../frames/camera-registry.ts';
import type { ConnectionStats, ReceivedFrame } from '../../frames/received-frame.ts';
import { onAbort, pause } from '../../system/abort.ts';
import { WorkMeter } from '../../system/flow-meter.ts';
import type { Log } from '../../system/log.ts';
import { Semaphore } from '../../system/semaphore.ts';
import type { Sampler } from '../sampler.ts';
import { type DiskStats, isDroppable, type Sink, type SinkStats } from '../sink.ts';
import type { CameraQueue, Entry } from './camera-queue.ts';
import { FrameQueues, type QueueLimits } from './frame-queues.ts';
import { type Fate, type QueueLabels, QueueLog } from './queue-log.ts';

/** Between two tries of a frame that must not be lost. */
const retryMs = 1000;
/** Longest wait for room, once; until the work goes on after that the oldest frames are left out. */
const patienceMs = 2000;
/** Longest wait for a frame whose sender waits for a reply, where no try of it fails: a disk may have to start first. */
const replyMs = 10_000;
/** How long after the stop work that waits is still begun. */
const graceMs = 5000;

/** What is done with each frame, one of a camera at a time unless the options say more. */
export interface FrameProcessor {
  /** Resolves when work for that camera can be done; undefined: it can. Others have their turn meanwhile. */
  roomFor?(camera: Camera): Promise<void> | undefined;
  /** Resolves when a piece of work can be done, with what to call when it is: until then frames wait, and one is picked only then. */
  ready?(): Promise<() => void>;
  /**
   * @returns what is still to come, where there is something: the next of the camera is worked on meanwhile
   * @throws CodedError whose message says what could not be done, and why
   */
  process(frame: ReceivedFrame, camera: Camera): Promise<void> | Promise<UnsettledWork | undefined>;
  /** The camera is gone, and all of its frames that could be dealt with are. */
  disconnected?(camera: Camera): Promise<void>;
  /** Undefined where it keeps no files. */
  readonly disk?: DiskStats | undefined;
  /** Nothing more will come. */
  close?(): Promise<void>;
}

/** Work on a frame that nothing has to wait for but its sender. */
export interface UnsettledWork {
  /** Rejects as `work` does: the frame is worked on once more then. */
  readonly settled: Promise<void>;
}

export interface QueueOptions extends QueueLabels, Partial<QueueLimits> {
  /** Which frames are left out when the work is behind, the oldest first; the others make their sender wait. */
  readonly isDroppable?: (frame: ReceivedFrame) => boolean;
  /** Frames that are worked on at the same time; of one camera, so many of these. */
  readonly maxAtOnce?: number;
  readonly maxOfCamera?: number;
  /** Picks the frames that there is work for; undefined: all. */
  readonly sampler?: Pick<Sampler, 'picks'> | undefined;
}

/** What a service's memory is reckoned with. */
export const maxQueuedBytes = 64e6;
/** A disk's bad two seconds at 30 a second; and two threads of the twelve are left for others, four to sync files. */
const defaultValue = { isDroppable, maxFrames: 64, maxBytes: maxQueuedBytes, maxAtOnce: 6, maxOfCamera: 1 };

/**
 * Lets work that may be slow, hang or fail have its own pace. Frames wait in a lane for each camera; expendable ones are left out when too
 * many do, or when the work fails; the others are tried again until they are done, and their sender waits.
 */
export class QueuedSink implements Sink {
  readonly #cameras: CameraRegistry;
  readonly #processor: FrameProcessor;
  readonly #options: typeof defaultValue & QueueOptions;
  readonly #stop: AbortSignal;
  readonly #journal: QueueLog;
  readonly #room: FrameQueues;
  readonly #semaphore: Semaphore;
  readonly #meter = new WorkMeter();
  readonly #running = new Set<Promise<void>>();
  #done = 0;
  #dropped = 0;
  #failures = 0;

  /** @param stop from its abort on nothing is tried again */
  constructor(cameras: CameraRegistry, processor: FrameProcessor, options: QueueOptions, log: Log, stop: AbortSignal) {
    this.#cameras = cameras;
    this.#processor = processor;
    this.#options = { ...defaultValue, ...options };
    this.#room = new FrameQueues(this.#options);
    this.#semaphore = new Semaphore(this.#options.maxAtOnce);
    this.#stop = stop;
    this.#journal = new QueueLog(options, log);
    onAbort(stop, () => setTimeout(() => this.#giveUp(), graceMs).unref());
  }

  get stats(): SinkStats {
    return {
      name: this.#options.name,
      done: this.#done,
      dropped: this.#dropped,
      failures: this.#failures,
      waitingFrames: this.#room.frames,
      waitingBytes: this.#room.bytes,
      queues: this.#room.queues,
      disk: this.#processor.disk,
    };
  }

  isFlowing(): boolean {
    return this.#meter.isFlowing();
  }

  write(frame: ReceivedFrame): boolean | Promise<boolean> {
    const camera = this.#cameras.get(frame.connection);
    if (this.#options.sampler?.picks(frame, camera) === false) return true;
    if (!this.#options.isDroppable(frame)) {
      return new Promise<boolean>((settle) => this.#addLossless(this.#room.queueOf(camera), { frame, settle }));
    }
    if (!this.#room.admits(camera)) {
      this.#drop(camera);
      return true;
    }
    const queue = this.#room.queueOf(camera);
    if (this.#isPatient(frame) && this.#room.isFull(queue) && !queue.isStuck) return this.#waitForRoom(camera, frame);
    this.#add(queue, { frame, settle: undefined });
    return true;
  }

  disconnected(connection: ConnectionStats): void {
    const camera = this.#cameras.get(connection);
    // It may have another connection already.
    if (camera.connections.size > 1) return;
    const queue = this.#room.queueOf(camera);
    queue.end();
    this.#start(queue);
  }

  async close(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
    await this.#processor.close?.();
    this.#journal.end(this.#done, this.#dropped);
  }

  /** Nobody knows what its sender wants: it waits for a while when the work is only slow, as a file that is sent at full speed must. */
  #isPatient({ connection }: ReceivedFrame): boolean {
    return connection.delivery === undefined && this.#options.maxFrames > 1;
  }

  async #waitForRoom(camera: Camera, frame: ReceivedFrame): Promise<boolean> {
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), patienceMs);
    const room = this.#room;
    // The connection may be gone meanwhile, and the lane with it.
    let queue = room.queueOf(camera);
    while (room.isFull(queue) && !timeout.signal.aborted) {
      await queue.changes.wait(timeout.signal);
      queue = room.queueOf(camera);
    }
    clearTimeout(timer);
    queue.isStuck = room.isFull(queue);
    this.#add(queue, { frame, settle: undefined });
    return true;
  }

  #addLossless(queue: CameraQueue, { frame, settle }: Required<Pick<Entry, 'frame' | 'settle'>>): void {
    if (!frame.connection.awaitsReply) {
      this.#add(queue, { frame, settle });
      return;
    }
    const deadline = { patientUntilMs: performance.now() + patienceMs, isOver: false };
    const timer = setTimeout(() => {
      deadline.isOver = true;
      // What is worked on may yet be done; what waits is not begun any more.
      if (queue.remove(entry)) this.#finish(entry, queue, false);
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
    this.#add(queue, entry);
  }

  #add(queue: CameraQueue, entry: Entry): void {
    for (const { camera, limit } of this.#room.add(queue, entry)) {
      this.#drop(camera);
      // Only the newest is wanted: to leave out the others is no failure.
      if (this.#options.maxFrames > 1) this.#journal.drop(limit);
    }
    this.#start(queue);
  }

  #drop(camera: Camera): void {
    this.#dropped++;
    camera.countDropped(this.#options.name);
  }

  /** Drops all that waits, however much it is, so that the program ends in time. */
  #giveUp(): void {
    for (const queue of [...this.#room.queues]) {
      for (let next = queue.next(); next !== undefined; next = queue.next()) {
        if (next !== 'end') this.#finish(next, queue, false);
      }
    }
  }

  #start(queue: CameraQueue): void {
    if (queue.workers >= this.#options.maxOfCamera) return;
    queue.workers++;
    this.#watch(this.#run(queue));
  }

  #watch(work: Promise<void>): void {
    const running: Promise<void> = work.finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #run(queue: CameraQueue): Promise<void> {
    while (!queue.isEmpty) {
      const room = this.#processor.roomFor?.(queue.camera);
      if (room !== undefined) await room;
      const failed = await this.#semaphore.run(() => this.#step(queue), queue.host);
      // Whoever waits for the next try is in nobody's way.
      if (failed !== undefined) await this.#persist(failed, queue);
    }
    queue.workers--;
    if (queue.workers === 0 && !queue.camera.isOnline) this.#room.close(queue);
    if (this.#room.frames === 0) this.#journal.catchUp();
  }

  /** Deals with what waits longest. Returns it when it failed and is to be tried again. */
  async #step(queue: CameraQueue): Promise<Entry | undefined> {
    if (this.#processor.ready === undefined) return this.#stepNow(queue);
    const release = await this.#processor.ready();
    return await this.#stepNow(queue).finally(release);
  }

  async #stepNow(queue: CameraQueue): Promise<Entry | undefined> {
    const next = queue.next();
    if (next === undefined) return undefined;
    if (next === 'end') {
      await this.#leave(queue);
      return undefined;
    }
    return (await this.#attempt(next, queue)) ? undefined : next;
  }

  /** False where it failed and is to be tried again. */
  async #attempt(entry: Entry, queue: CameraQueue): Promise<boolean> {
    const isLossless = entry.settle !== undefined;
    const rests: UnsettledWork[] = [];
    const work = async () => {
      const rest = await this.#processor.process(entry.frame, queue.camera);
      if (rest !== undefined) rests.push(rest);
    };
    const isDone = await this.#try(work, queue, fateOf(entry));
    if (!isDone && isLossless) return false;
    const [rest] = rests;
    if (rest === undefined) this.#finish(entry, queue, isDone);
    else this.#watch(this.#settle(rest, entry, queue));
    return true;
  }

  async #settle({ settled }: UnsettledWork, entry: Entry, queue: CameraQueue): Promise<void> {
    if (await this.#try(() => settled, queue, fateOf(entry))) this.#finish(entry, queue, true);
    else await this.#persist(entry, queue);
    if (this.#room.frames === 0) this.#journal.catchUp();
  }

  async #leave(queue: CameraQueue): Promise<void> {
    try {
      await this.#meter.run(async () => this.#processor.disconnected?.(queue.camera));
    } catch (error) {
      this.#failures++;
      this.#journal.fail(error, queue, 'dropped');
    }
  }

  /** Tries until it is done, or the program stops. */
  async #persist(entry: Entry, queue: CameraQueue): Promise<void> {
    while (!this.#stop.aborted && !isLastTry(entry)) {
      await pause(retryMs, this.#stop);
      if (await this.#semaphore.run(() => this.#attempt(entry, queue), queue.host)) return;
    }
    this.#finish(entry, queue, false);
  }

  #finish({ frame, settle, deadline }: Entry, queue: CameraQueue, isDone: boolean): void {
    this.#room.release(frame, queue);
    if (isDone) {
      this.#done++;
      this.#journal.succeed(queue);
    } else if (settle === undefined || deadline !== undefined) this.#drop(queue.camera);
    settle?.(isDone);
    queue.isStuck = false;
    queue.changes.notify();
  }

  /** Whether it went well. */
  async #try(work: () => Promise<void>, queue: CameraQueue, fate: Fate): Promise<boolean> {
    try {
      await this.#meter.run(work);
    } catch (error) {
      this.#failures++;
      // What ends with the program is told of by whoever ends it.
      if (!this.#stop.aborted) this.#journal.fail(error, queue, fate);
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
