import type { Camera } from '../../frames/camera.ts';
import type { ReceivedFrame } from '../../frames/received-frame.ts';
import { formatBytes } from '../../system/byte-units.ts';
import { CameraQueue, type Entry } from './camera-queue.ts';

export interface QueueLimits {
  /** Of one camera, that may wait and be left out; more than that are. */
  readonly maxFrames: number;
  /** Of all cameras. */
  readonly maxBytes: number;
}

/** A frame that was left out. */
export interface DroppedFrame {
  readonly camera: Camera;
  /** For which limit, in words. */
  readonly limit: string;
}

/** Cameras that have frames waiting, or had some and are there: more are made up by whoever wants to fill memory. */
const maxLanes = 5000;

/** Frames that wait for work to be done with them, in a lane for each camera: the oldest that may be left out are where too many do. */
export class FrameQueues {
  readonly #limits: QueueLimits;
  /** By the key of the camera: one that was forgotten and is back goes on in its lane. */
  readonly #queues = new Map<string, CameraQueue>();
  #frames = 0;
  #bytes = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  /** Those that are worked on included, as are their bytes. */
  get frames(): number {
    return this.#frames;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Of all cameras that have frames waiting, or had some and are there. */
  get queues(): Iterable<CameraQueue> {
    return this.#queues.values();
  }

  /** Whether there may be a lane for that camera. */
  admits({ key }: Camera): boolean {
    return this.#queues.size < maxLanes || this.#queues.has(key);
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

  /** Nothing waits in that lane, and its camera is gone. */
  close(queue: CameraQueue): void {
    this.#queues.delete(queue.camera.key);
  }

  /** Whether another frame in that lane would have one left out. */
  isFull(queue: CameraQueue): boolean {
    const { maxFrames, maxBytes } = this.#limits;
    if (queue.droppable >= maxFrames) return true;
    // It is at the cost of those that have more than their share.
    return this.#bytes >= maxBytes && queue.bytes * this.#queues.size >= maxBytes;
  }

  /** Returns what was left out for it. */
  add(queue: CameraQueue, entry: Entry): DroppedFrame[] {
    this.#count(entry.frame, queue, 1);
    queue.add(entry);
    return entry.settle === undefined ? this.#trim(queue) : [];
  }

  /** That frame of the lane was dealt with. */
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
    const leftOut: DroppedFrame[] = [];
    if (queue.droppable > maxFrames) leftOut.push(this.#drop(queue, `${maxFrames} of ${queue.camera.key}`));
    while (this.#bytes > maxBytes) {
      const longest = [...this.#queues.values()].reduce((a, b) => (b.droppableBytes > a.droppableBytes ? b : a));
      if (longest.droppable === 0) break;
      leftOut.push(this.#drop(longest, formatBytes(maxBytes)));
    }
    return leftOut;
  }

  /** Leaves out the oldest of that lane, which has one. */
  #drop(queue: CameraQueue, limit: string): DroppedFrame {
    const frame = queue.dropOldest();
    if (frame !== undefined) this.release(frame, queue);
    return { camera: queue.camera, limit };
  }
}
