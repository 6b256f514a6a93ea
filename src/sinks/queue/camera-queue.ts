import type { Camera } from '../../frames/camera.ts';
import type { ConnectionStats, ReceivedFrame } from '../../frames/received-frame.ts';
import { hostKey, hostOf } from '../../network/address.ts';
import { Notify } from '../../system/notify.ts';

/** A frame that waits; `settle`: its sender waits too, for whether it was accepted. */
export interface Entry {
  readonly frame: ReceivedFrame;
  /** Not always that of the queue: it may be forgotten while the frame waits. */
  readonly camera: Camera;
  readonly settle: ((isTaken: boolean) => void) | undefined;
  /** Undefined where the frame is tried until it is done. */
  readonly deadline?: Deadline | undefined;
}

/** When the sender of a frame stops waiting for it. */
export interface Deadline {
  /** After this time a failed try is the last one. */
  readonly patientUntilMs: number;
  /** The sender has the answer that the frame is not accepted. */
  isOver: boolean;
}

/** The frames of one camera that wait, in their order. */
export class CameraQueue {
  camera: Camera;
  /** Notified when a frame is dealt with. */
  readonly changes = new Notify();
  readonly #waiting: (Entry | 'end')[] = [];
  /** How many workers it has. */
  workers = 0;
  /** Room was waited for in vain, and nothing has been dealt with since. */
  isStuck = false;
  /** Tries in a row that failed. */
  failed = 0;
  /** Those that are worked on included. */
  frames = 0;
  bytes = 0;
  /** Frames that may be dropped, and the bytes of their JPEGs. */
  droppable = 0;
  droppableBytes = 0;

  /** The connection that brought the newest frame, and its host. */
  #connection: ConnectionStats | undefined;
  #host = '';

  constructor(camera: Camera) {
    this.camera = camera;
  }

  /** The host that the camera sends from. */
  get host(): string {
    return this.#host;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  add(entry: Entry): void {
    const { connection } = entry.frame;
    if (connection !== this.#connection) this.#host = hostKey(hostOf(connection.address));
    this.#connection = connection;
    this.#waiting.push(entry);
    if (entry.settle === undefined) this.#count(entry.frame, 1);
  }

  /** The camera is gone after what waits. */
  end(): void {
    if (this.#waiting.at(-1) !== 'end') this.#waiting.push('end');
  }

  next(): Entry | 'end' | undefined {
    const next = this.#waiting.shift();
    if (next !== undefined && next !== 'end' && next.settle === undefined) this.#count(next.frame, -1);
    return next;
  }

  /** Removes that entry, where no worker has it yet. */
  remove(entry: Entry): boolean {
    const at = this.#waiting.indexOf(entry);
    if (at >= 0) this.#waiting.splice(at, 1);
    return at >= 0;
  }

  /** Removes the oldest frame that may be dropped. */
  dropOldest(): ReceivedFrame | undefined {
    const at = this.#waiting.findIndex((entry) => entry !== 'end' && entry.settle === undefined);
    const [entry] = at < 0 ? [] : this.#waiting.splice(at, 1);
    if (entry === undefined || entry === 'end') return undefined;
    this.#count(entry.frame, -1);
    // A camera that comes and goes while nothing can be done must not fill this.
    if (this.#waiting[at] === 'end' && this.#waiting[at - 1] === 'end') this.#waiting.splice(at, 1);
    return entry.frame;
  }

  #count(frame: ReceivedFrame, sign: 1 | -1): void {
    this.droppable += sign;
    this.droppableBytes += sign * frame.jpeg.length;
  }
}
