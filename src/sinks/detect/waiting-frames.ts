import type { Camera } from '../../frames/camera.ts';
import type { ReceivedFrame } from '../../frames/received-frame.ts';

/** A frame of a camera. */
export interface CameraFrame {
  readonly camera: Camera;
  readonly frame: ReceivedFrame;
}

/** The newest frame of each camera, until its turn comes: a camera that had its turn is behind all others. */
export class WaitingFrames {
  readonly #maxBytes: number;
  /** In the order of their turns. */
  readonly #frames = new Map<Camera, ReceivedFrame>();
  #bytes = 0;

  /** @param maxBytes of the JPEGs of all */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get length(): number {
    return this.#frames.size;
  }

  /** Bytes of the JPEGs that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  has(camera: Camera): boolean {
    return this.#frames.has(camera);
  }

  /** Adds a frame in place of an older one of its camera. Returns the cameras of which a frame is dropped for it. */
  put({ camera, frame }: CameraFrame): Camera[] {
    const dropped: Camera[] = [];
    const older = this.#frames.get(camera);
    if (older !== undefined) {
      this.#bytes -= older.jpeg.length;
      dropped.push(camera);
    }
    this.#frames.set(camera, frame);
    this.#bytes += frame.jpeg.length;
    // Cameras whose turn is near keep theirs.
    for (const last of [...this.#frames.keys()].reverse()) {
      if (this.#bytes <= this.#maxBytes || this.#frames.size === 1) break;
      this.#remove(last);
      dropped.push(last);
    }
    return dropped;
  }

  /** Takes out the frame whose turn it is. */
  next(): CameraFrame | undefined {
    const [first] = this.#frames;
    if (first === undefined) return undefined;
    const [camera, frame] = first;
    this.#remove(camera);
    return { camera, frame };
  }

  /** Drops all. Returns the cameras of which a frame was dropped. */
  clear(): Camera[] {
    const cameras = [...this.#frames.keys()];
    for (const camera of cameras) this.#remove(camera);
    return cameras;
  }

  #remove(camera: Camera): void {
    this.#bytes -= this.#frames.get(camera)?.jpeg.length ?? 0;
    this.#frames.delete(camera);
  }
}
