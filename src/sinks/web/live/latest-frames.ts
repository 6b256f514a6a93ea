import type { Camera } from '../../../frames/camera.ts';
import type { CameraRegistry } from '../../../frames/camera-registry.ts';
import type { ReceivedFrame } from '../../../frames/received-frame.ts';

/**
 * The pictures of cameras that are offline have so many bytes together at most: strangers may send
 * many large ones and leave.
 */
const maxOfflineBytes = 64 * 2 ** 20;

/** The newest frame of a camera. */
export interface Slot {
  readonly camera: Camera;
  frame: ReceivedFrame;
  /** Grows by one with each frame. */
  version: number;
}

/** Keeps the newest frame of each camera. */
export class LatestFrames {
  readonly #cameras: CameraRegistry;
  readonly #byCamera = new Map<Camera, Slot>();
  slots: readonly Slot[] = [];

  constructor(cameras: CameraRegistry) {
    this.#cameras = cameras;
  }

  /** Returns the slot that has the frame now. */
  update(frame: ReceivedFrame): Slot {
    const camera = this.#cameras.get(frame.connection);
    const known = this.#byCamera.get(camera);
    if (known !== undefined) {
      known.frame = frame;
      known.version++;
      return known;
    }
    const slot = { camera, frame, version: 1 };
    this.#byCamera.set(camera, slot);
    this.slots = [...this.#byCamera.values()];
    return slot;
  }

  find(camera: Camera): Slot | undefined {
    return this.#byCamera.get(camera);
  }

  /**
   * Drops the pictures of cameras that the registry has forgotten, and where too many are offline,
   * of those that have been for longest.
   */
  prune(): void {
    const isKnown = ({ camera }: Slot) => this.#cameras.find(camera.key) === camera;
    const offline = this.slots.filter((slot) => !slot.camera.isOnline && isKnown(slot));
    offline.sort((a, b) => b.camera.changedAtUs - a.camera.changedAtUs);
    let bytes = 0;
    const tooMany = offline.filter(({ frame }) => {
      bytes += frame.jpeg.length;
      return bytes > maxOfflineBytes;
    });
    const gone = [...this.slots.filter((slot) => !isKnown(slot)), ...tooMany];
    if (gone.length === 0) return;
    for (const { camera } of gone) this.#byCamera.delete(camera);
    this.slots = [...this.#byCamera.values()];
  }
}

/**
 * Gives one viewer the frames that it has not seen, by turns of the cameras, and of each camera the
 * newest only.
 */
export class Cursor {
  readonly #latest: LatestFrames;
  readonly #key: string | undefined;
  readonly #seen = new WeakMap<Camera, number>();
  #turn = 0;

  /** @param key of the one camera to show; undefined: all cameras */
  constructor(latest: LatestFrames, key: string | undefined) {
    this.#latest = latest;
    this.#key = key;
  }

  /** A frame that this viewer has not seen; undefined when it has seen all. */
  next(): Slot | undefined {
    const { slots } = this.#latest;
    for (let step = 0; step < slots.length; step++) {
      const turn = (this.#turn + step) % slots.length;
      const slot = slots[turn] as Slot;
      if (this.#key !== undefined && slot.camera.key !== this.#key) continue;
      if (this.#seen.get(slot.camera) === slot.version) continue;
      this.#seen.set(slot.camera, slot.version);
      this.#turn = turn + 1;
      return slot;
    }
    return undefined;
  }
}
