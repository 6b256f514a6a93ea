import type { Camera } from '../../frames/camera.ts';
import type { CameraRegistry } from '../../frames/camera-registry.ts';
import type { ConnectionStats, ReceivedFrame } from '../../frames/received-frame.ts';
import { onAbort } from '../../system/abort.ts';
import type { Log } from '../../system/log.ts';
import type { MaybePromise } from '../../system/maybe-promise.ts';
import type { Sampler } from '../sampler.ts';
import { isDroppable, type Sink, type SinkStats } from '../sink.ts';
import type { CameraQueue, Entry } from './camera-queue.ts';
import type { FrameProcessor } from './frame-processor.ts';
import { FrameQueues, type QueueLimits } from './frame-queues.ts';
import { type QueueLabels, QueueLog } from './queue-log.ts';
import { QueueWorkers, type WorkerOptions } from './queue-workers.ts';

/** Longest wait for room, once; until the work goes on after that the oldest frames are dropped. */
const patienceMs = 2000;
/** Longest wait for a frame whose sender waits for a reply, where no try of it fails: a disk may have to start first. */
const replyMs = 10_000;
/** How long after the stop work that waits is still begun. */
const graceMs = 5000;

export interface QueueOptions
  extends QueueLabels,
    Partial<QueueLimits>,
    Partial<Pick<WorkerOptions, 'maxAtOnce' | 'maxOfCamera'>> {
  /** Picks frames that are dropped when the work is behind, the oldest first; the others make their sender wait. */
  readonly isDroppable?: (frame: ReceivedFrame) => boolean;
  /** Picks the frames that there is work for; undefined: all. */
  readonly sampler?: Pick<Sampler, 'picks'> | undefined;
}

/** Also used for MemoryMax in the systemd unit. */
export const maxQueuedBytes = 64e6;
/** A disk's bad two seconds at 30 a second; and two threads of the twelve are left for others, four to sync files. */
const defaults = { isDroppable, maxFrames: 64, maxBytes: maxQueuedBytes, maxAtOnce: 6, maxOfCamera: 1 };

/**
 * Lets work that may be slow, hang or fail have its own pace. Frames wait in a queue for each camera. Droppable frames are dropped when too
 * many wait, or when the work fails. The others are tried again until they are done, and their sender waits.
 */
export class QueuedSink implements Sink {
  readonly #cameras: CameraRegistry;
  readonly #processor: FrameProcessor;
  readonly #options: typeof defaults & QueueOptions;
  readonly #log: QueueLog;
  readonly #queues: FrameQueues;
  readonly #workers: QueueWorkers;
  #dropped = 0;

  /** @param stop from its abort on nothing is tried again */
  constructor(cameras: CameraRegistry, processor: FrameProcessor, options: QueueOptions, log: Log, stop: AbortSignal) {
    this.#cameras = cameras;
    this.#processor = processor;
    this.#options = { ...defaults, ...options };
    this.#log = new QueueLog(options, log);
    this.#queues = new FrameQueues(this.#options);
    const { maxAtOnce, maxOfCamera } = this.#options;
    const onDropped = ({ camera }: CameraQueue) => this.#drop(camera);
    const working = { maxAtOnce, maxOfCamera, stop, onDropped };
    this.#workers = new QueueWorkers(processor, this.#queues, this.#log, working);
    onAbort(stop, () => setTimeout(() => this.#giveUp(), graceMs).unref());
  }

  get stats(): SinkStats {
    return {
      name: this.#options.name,
      done: this.#workers.done,
      dropped: this.#dropped,
      failures: this.#workers.failures,
      waitingFrames: this.#queues.frames,
      waitingBytes: this.#queues.bytes,
      queues: this.#queues.queues,
      disk: this.#processor.disk,
    };
  }

  isFlowing(): boolean {
    return this.#workers.isFlowing();
  }

  write(frame: ReceivedFrame): MaybePromise<boolean> {
    const camera = this.#cameras.get(frame.connection);
    if (this.#options.sampler?.picks(frame, camera) === false) return true;
    if (!this.#options.isDroppable(frame)) {
      return new Promise<boolean>((settle) =>
        this.#addLossless(this.#queues.queueOf(camera), { frame, camera, settle }),
      );
    }
    if (!this.#queues.admits(camera)) {
      this.#drop(camera);
      return true;
    }
    const queue = this.#queues.queueOf(camera);
    if (this.#isPatient(frame) && this.#queues.isFull(queue) && !queue.isStuck) return this.#waitForRoom(camera, frame);
    this.#add(queue, { frame, camera, settle: undefined });
    return true;
  }

  disconnected(connection: ConnectionStats): void {
    const camera = this.#cameras.get(connection);
    // It may have another connection already.
    if (camera.connections.size > 1) return;
    const queue = this.#queues.queueOf(camera);
    queue.end();
    this.#workers.start(queue);
  }

  async close(): Promise<void> {
    await this.#workers.idle();
    await this.#processor.close?.();
    this.#log.end(this.#workers.done, this.#dropped);
  }

  /** A sender whose wishes are unknown waits for a while when the work is only slow, as a file that is sent at full speed must. */
  #isPatient({ connection }: ReceivedFrame): boolean {
    return connection.delivery === undefined && this.#options.maxFrames > 1;
  }

  async #waitForRoom(camera: Camera, frame: ReceivedFrame): Promise<boolean> {
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), patienceMs);
    // The connection may be gone meanwhile, and the queue with it.
    let queue = this.#queues.queueOf(camera);
    while (this.#queues.isFull(queue) && !timeout.signal.aborted) {
      await queue.changes.wait(timeout.signal);
      queue = this.#queues.queueOf(camera);
    }
    clearTimeout(timer);
    queue.isStuck = this.#queues.isFull(queue);
    this.#add(queue, { frame, camera, settle: undefined });
    return true;
  }

  #addLossless(queue: CameraQueue, lossless: Omit<Entry, 'deadline'>): void {
    const { frame, settle } = lossless;
    if (!frame.connection.awaitsReply) {
      this.#add(queue, lossless);
      return;
    }
    const deadline = { patientUntilMs: performance.now() + patienceMs, isOver: false };
    const timer = setTimeout(() => {
      deadline.isOver = true;
      // A frame that is worked on may yet be done; one that waits is not begun any more.
      if (queue.remove(entry)) this.#workers.finish(entry, queue, false);
      else entry.settle?.(false);
    }, replyMs).unref();
    const entry: Entry = {
      ...lossless,
      deadline,
      settle: (isTaken) => {
        clearTimeout(timer);
        settle?.(isTaken);
      },
    };
    this.#add(queue, entry);
  }

  #add(queue: CameraQueue, entry: Entry): void {
    for (const { camera, limit } of this.#queues.add(queue, entry)) {
      this.#drop(camera);
      // Only the newest is wanted: to drop the others is no failure.
      if (this.#options.maxFrames > 1) this.#log.drop(limit);
    }
    this.#workers.start(queue);
  }

  #drop(camera: Camera): void {
    this.#dropped++;
    camera.countDropped(this.#options.name);
  }

  /** Drops all that waits, however much it is, so that the program ends in time. */
  #giveUp(): void {
    for (const queue of [...this.#queues.queues]) {
      for (let next = queue.next(); next !== undefined; next = queue.next()) {
        if (next !== 'end') this.#workers.finish(next, queue, false);
      }
    }
  }
}
