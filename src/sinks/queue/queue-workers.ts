import { pause } from '../../system/abort.ts';
import { WorkMeter } from '../../system/flow-meter.ts';
import { Semaphore } from '../../system/semaphore.ts';
import type { CameraQueue, Entry } from './camera-queue.ts';
import type { FrameProcessor, UnsettledWork } from './frame-processor.ts';
import type { FrameQueues } from './frame-queues.ts';
import type { Fate, QueueLog } from './queue-log.ts';

/** The time between two tries of a frame that must not be lost. */
const retryMs = 1000;

export interface WorkerOptions {
  /** Frames that are worked on at the same time; of one camera, so many of these. */
  readonly maxAtOnce: number;
  readonly maxOfCamera: number;
  /** After it aborts, nothing is tried again. */
  readonly stop: AbortSignal;
  /** The work failed, and the frame is dropped. */
  readonly onDropped: (queue: CameraQueue) => void;
}

/** Work on what waits in the queues of cameras, a few frames at once, and try again what must not be lost. */
export class QueueWorkers {
  readonly #processor: FrameProcessor;
  readonly #queues: FrameQueues;
  readonly #log: QueueLog;
  readonly #options: WorkerOptions;
  readonly #semaphore: Semaphore;
  readonly #meter = new WorkMeter();
  readonly #running = new Set<Promise<void>>();
  /** Frames that are done. */
  done = 0;
  /** Tries that failed. */
  failures = 0;

  constructor(processor: FrameProcessor, queues: FrameQueues, log: QueueLog, options: WorkerOptions) {
    this.#processor = processor;
    this.#queues = queues;
    this.#log = log;
    this.#options = options;
    this.#semaphore = new Semaphore(options.maxAtOnce);
  }

  /** Whether the work goes on, since this was asked last. */
  isFlowing(): boolean {
    return this.#meter.isFlowing();
  }

  /** Something waits in that queue. */
  start(queue: CameraQueue): void {
    if (queue.workers >= this.#options.maxOfCamera) return;
    queue.workers++;
    this.#watch(this.#run(queue));
  }

  /** Resolves when all work is done. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** A frame needs nothing more, whether it is done or not. */
  finish({ frame, settle, deadline }: Entry, queue: CameraQueue, isDone: boolean): void {
    this.#queues.release(frame, queue);
    if (isDone) {
      this.done++;
      this.#log.succeed(queue);
    } else if (settle === undefined || deadline !== undefined) this.#options.onDropped(queue);
    settle?.(isDone);
    queue.isStuck = false;
    queue.changes.notify();
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
      // A frame that waits for its next try is in no other's way.
      if (failed !== undefined) await this.#persist(failed, queue);
    }
    queue.workers--;
    if (queue.workers === 0 && !queue.camera.isOnline) this.#queues.close(queue);
    if (this.#queues.frames === 0) this.#log.catchUp();
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
      const rest = await this.#processor.process(entry.frame, entry.camera);
      if (rest !== undefined) rests.push(rest);
    };
    const isDone = await this.#try(work, queue, fateOf(entry));
    if (!isDone && isLossless) return false;
    const [rest] = rests;
    if (rest === undefined) this.finish(entry, queue, isDone);
    else this.#watch(this.#settle(rest, entry, queue));
    return true;
  }

  async #settle({ settled }: UnsettledWork, entry: Entry, queue: CameraQueue): Promise<void> {
    if (await this.#try(() => settled, queue, fateOf(entry))) this.finish(entry, queue, true);
    else await this.#persist(entry, queue);
    if (this.#queues.frames === 0) this.#log.catchUp();
  }

  async #leave(queue: CameraQueue): Promise<void> {
    try {
      await this.#meter.run(async () => this.#processor.disconnected?.(queue.camera));
    } catch (error) {
      this.failures++;
      this.#log.fail(error, queue, 'dropped');
    }
  }

  /** Tries until it is done, or the program stops. */
  async #persist(entry: Entry, queue: CameraQueue): Promise<void> {
    const { stop } = this.#options;
    while (!stop.aborted && !isLastTry(entry)) {
      await pause(retryMs, stop);
      if (await this.#semaphore.run(() => this.#attempt(entry, queue), queue.host)) return;
    }
    this.finish(entry, queue, false);
  }

  /** Whether it went well. */
  async #try(work: () => Promise<void>, queue: CameraQueue, fate: Fate): Promise<boolean> {
    try {
      await this.#meter.run(work);
    } catch (error) {
      this.failures++;
      // At its end the program reports work that it did not finish.
      if (!this.#options.stop.aborted) this.#log.fail(error, queue, fate);
      return false;
    }
    return true;
  }
}

function fateOf({ settle, deadline }: Entry): Fate {
  if (deadline !== undefined) return 'rejected';
  return settle === undefined ? 'dropped' : 'waiting';
}

/** Whether its sender is not to wait for another try. */
function isLastTry({ deadline }: Entry): boolean {
  return deadline !== undefined && (deadline.isOver || performance.now() >= deadline.patientUntilMs);
}
