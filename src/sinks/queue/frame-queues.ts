import type { Camera } from '../../frames/camera.ts';
import type { ReceivedFrame } from '../../frames/received-frame.ts';
import { formatBytes } from '../../system/byte-units.ts';
import { CameraQueue, type Entry } from './camera-queue.ts';

export interface QueueLimits {
  /** The limit of one camera: if more droppable frames wait, the oldest are dropped. */
  readonly maxFrames: number;
  /** The limit of all cameras: if more bytes wait, frames of the camera that has most are dropped. */
  readonly maxBytes: number;
}

/** A frame that was dropped. */
export interface DroppedFrame {
  readonly camera: Camera;
  /** The limit that was reached, in words. */
  readonly limit: string;
}

/** The most cameras that have frames waiting, or had some and are online. More are made up by a client that wants to fill the memory. */
const maxQueues = 5000;

/** Frames that wait for work to be done with them, in a queue for each camera. Where too many wait, the oldest droppable ones are dropped. */
export class FrameQueues {
  readonly #limits: QueueLimits;
  /** By the key of the camera: one that was forgotten and is back goes on in its queue. */
  readonly #queues = new Map<string, CameraQueue>();
  #frames = 0;
  #bytes = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  /** Frames that are worked on included, as are their bytes. */
  get frames(): number {
    return this.#frames;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Of all cameras that have frames waiting, or had some and are online. */
  get queues(): Iterable<CameraQueue> {
    return this.#queues.values();
  }

  /** Whether there may be a queue for that camera. */
  admits({ key }: Camera): boolean {
    return this.#queues.size < maxQueues || this.#queues.has(key);
  }

  queueOf(camera: Camera): CameraQueue {
    let queue = this.#queues.get(camera.key);
    if (queue === undefined) {
      queue = new CameraQueue(camera);
      this.#queues.set(camera.key, queue);
    }
    queue.camera = camera;
    return queue;
  }

  /** Nothing waits in that queue, and its camera is gone. */
  close(queue: CameraQueue): void {
    this.#queues.delete(queue.camera.key);
  }

  /** Whether another frame in that queue would have one dropped. */
  isFull(queue: CameraQueue): boolean {
    const { maxFrames, maxBytes } = this.#limits;
    if (queue.droppable >= maxFrames) return true;
    // It is at the cost of those that have more than their share.
    return this.#bytes >= maxBytes && queue.bytes * this.#queues.size >= maxBytes;
  }

  /** Returns the frames that were dropped for it. */
  add(queue: CameraQueue, entry: Entry): DroppedFrame[] {
    this.#count(entry.frame, queue, 1);
    queue.add(entry);
    return entry.settle === undefined ? this.#trim(queue) : [];
  }

  /** That frame of the queue was dealt with. */
  release(frame: ReceivedFrame, queue: CameraQueue): void {
    this.#count(frame, queue, -1);
  }

  #count({ jpeg }: ReceivedFrame, queue: CameraQueue, sign: 1 | -1): void {
    this.#frames += sign;
    this.#bytes += sign * jpeg.length;
    queue.frames += sign;
    queue.bytes += sign * jpeg.length;
  }

  #trim(queue: CameraQueue): DroppedFrame[] {
    const { maxFrames, maxBytes } = this.#limits;
    const dropped: DroppedFrame[] = [];
    if (queue.droppable > maxFrames) dropped.push(this.#drop(queue, `${maxFrames} of ${queue.camera.key}`));
    while (this.#bytes > maxBytes) {
      const longest = [...this.#queues.values()].reduce((a, b) => (b.droppableBytes > a.droppableBytes ? b : a));
      if (longest.droppable === 0) break;
      dropped.push(this.#drop(longest, formatBytes(maxBytes)));
    }
    return dropped;
  }

  /** Drops the oldest of that queue, which has one. */
  #drop(queue: CameraQueue, limit: string): DroppedFrame {
    const frame = queue.dropOldest();
    if (frame !== undefined) this.release(frame, queue);
    return { camera: queue.camera, limit };
  }
}
