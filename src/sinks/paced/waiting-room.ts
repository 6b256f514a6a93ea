import type { Camera } from '../../cameras/camera.ts';
import type { ReceivedFrame } from '../../link/receiving/received-frame.ts';
import { formatBytes } from '../../system/byte-units.ts';
import { type Entry, Lane } from './lane.ts';

export interface RoomLimits {
  /** Of one camera, that may wait and be left out; more than that are. */
  readonly mostFrames: number;
  /** Of all cameras. */
  readonly mostBytes: number;
}

/** A frame that was left out. */
export interface LeftOut {
  readonly camera: Camera;
  /** For which limit, in words. */
  readonly limit: string;
}

/** Cameras that have frames waiting, or had some and are there: more are made up by whoever wants to fill memory. */
const mostLanes = 5000;

/** Frames that wait for work to be done with them, in a lane for each camera: the oldest that may be left out are where too many do. */
export class WaitingRoom {
  readonly #limits: RoomLimits;
  /** By the key of the camera: one that was forgotten and is back goes on in its lane. */
  readonly #lanes = new Map<string, Lane>();
  #frames = 0;
  #bytes = 0;

  constructor(limits: RoomLimits) {
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
  get lanes(): Iterable<Lane> {
    return this.#lanes.values();
  }

  /** Whether there may be a lane for that camera. */
  admits({ key }: Camera): boolean {
    return this.#lanes.size < mostLanes || this.#lanes.has(key);
  }

  laneOf(camera: Camera): Lane {
    let lane = this.#lanes.get(camera.key);
    if (lane === undefined) {
      lane = new Lane(camera);
      this.#lanes.set(camera.key, lane);
    }
    lane.camera = camera;
    return lane;
  }

  /** Nothing waits in that lane, and its camera is gone. */
  close(lane: Lane): void {
    this.#lanes.delete(lane.camera.key);
  }

  /** Whether another frame in that lane would have one left out. */
  isFull(lane: Lane): boolean {
    const { mostFrames, mostBytes } = this.#limits;
    if (lane.expendable >= mostFrames) return true;
    // It is at the cost of those that have more than their share.
    return this.#bytes >= mostBytes && lane.bytes * this.#lanes.size >= mostBytes;
  }

  /** Returns what was left out for it. */
  add(lane: Lane, entry: Entry): LeftOut[] {
    this.#count(entry.frame, lane, 1);
    lane.add(entry);
    return entry.settle === undefined ? this.#trim(lane) : [];
  }

  /** That frame of the lane was dealt with. */
  release(frame: ReceivedFrame, lane: Lane): void {
    this.#count(frame, lane, -1);
  }

  #count({ jpeg }: ReceivedFrame, lane: Lane, sign: 1 | -1): void {
    this.#frames += sign;
    this.#bytes += sign * jpeg.length;
    lane.frames += sign;
    lane.bytes += sign * jpeg.length;
  }

  #trim(lane: Lane): LeftOut[] {
    const { mostFrames, mostBytes } = this.#limits;
    const leftOut: LeftOut[] = [];
    if (lane.expendable > mostFrames) leftOut.push(this.#leaveOut(lane, `${mostFrames} of ${lane.camera.key}`));
    while (this.#bytes > mostBytes) {
      const longest = [...this.#lanes.values()].reduce((a, b) => (b.expendableBytes > a.expendableBytes ? b : a));
      if (longest.expendable === 0) break;
      leftOut.push(this.#leaveOut(longest, formatBytes(mostBytes)));
    }
    return leftOut;
  }

  /** Leaves out the oldest of that lane, which has one. */
  #leaveOut(lane: Lane, limit: string): LeftOut {
    const frame = lane.dropOldest();
    if (frame !== undefined) this.release(frame, lane);
    return { camera: lane.camera, limit };
  }
}
