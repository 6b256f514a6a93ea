import type { Camera } from '../../frames/camera.ts';
import type { CameraRegistry } from '../../frames/camera-registry.ts';
import type { ReceivedFrame } from '../../frames/received-frame.ts';

/** Of pictures of cameras that are offline, together: strangers may send many large ones and leave. */
const maxOfflineBytes = 64 * 2 ** 20;

/** The newest frame of a camera. */
export interface Slot {
  readonly camera: Camera;
  frame: ReceivedFrame;
  /** One more for each frame. */
  version: number;
}

/** Keeps the newest frame of each camera, and nothing else. */
export class LatestFrames {
  readonly #cameras: CameraRegistry;
  readonly #ofCamera = new Map<Camera, Slot>();
  slots: readonly Slot[] = [];

  constructor(cameras: CameraRegistry) {
    this.#cameras = cameras;
  }

  take(frame: ReceivedFrame): void {
    const camera = this.#cameras.get(frame.connection);
    const slot = this.#ofCamera.get(camera);
    if (slot === undefined) {
      this.#ofCamera.set(camera, { camera, frame, version: 1 });
      this.slots = [...this.#ofCamera.values()];
    } else {
      slot.frame = frame;
      slot.version++;
    }
  }

  find(camera: Camera): Slot | undefined {
    return this.#ofCamera.get(camera);
  }

  /** Lets go of the pictures of cameras that nobody remembers, and of those that have been away longest when there are too many. */
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
    for (const { camera } of gone) this.#ofCamera.delete(camera);
    this.slots = [...this.#ofCamera.values()];
  }
}

/** Where one viewer is: each camera has its turn, and of each the newest frame alone counts. */
export class Cursor {
  readonly #newest: LatestFrames;
  readonly #key: string | undefined;
  readonly #seen = new WeakMap<Camera, number>();
  #turn = 0;

  /** @param key of the one camera that is looked at; undefined: all of them */
  constructor(newest: LatestFrames, key: string | undefined) {
    this.#newest = newest;
    this.#key = key;
  }

  /** A frame that this viewer has not seen; undefined when it has seen all that there is. */
  next(): Slot | undefined {
    const { slots } = this.#newest;
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
