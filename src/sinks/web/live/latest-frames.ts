import type { Camera } from '../../../frames/camera.ts';
import type { CameraRegistry } from '../../../frames/camera-registry.ts';
import type { ReceivedFrame } from '../../../frames/received-frame.ts';
import type { FrameResult } from '../../../frames/results/frame-result.ts';
import { readWallClockUs } from '../../../system/clock.ts';

/**
 * The pictures of cameras that are offline have so many bytes together at most: strangers may send
 * many large ones and leave.
 */
const maxOfflineBytes = 64 * 2 ** 20;

/** After so long without a result a viewer is given frames without one. */
const freshUs = 2e6;

/** The newest frame of a camera. */
export interface Slot {
  readonly camera: Camera;
  frame: ReceivedFrame;
  /** Another one for each frame, and for each result. */
  version: number;
  /** The newest frame that a detector has answered for; undefined: it has answered for none. */
  detected: DetectedFrame | undefined;
}

/** A frame with its result. */
export interface DetectedFrame {
  readonly frame: ReceivedFrame;
  readonly result: FrameResult;
  readonly version: number;
}

/** A frame that a viewer is shown, with its result where the viewer wants it and there is one. */
export interface ShownFrame {
  readonly camera: Camera;
  readonly frame: ReceivedFrame;
  readonly result?: FrameResult | undefined;
}

/** Keeps the newest frame of each camera. */
export class LatestFrames {
  readonly #cameras: CameraRegistry;
  readonly #byCamera = new Map<Camera, Slot>();
  slots: readonly Slot[] = [];
  #version = 0;

  constructor(cameras: CameraRegistry) {
    this.#cameras = cameras;
  }

  /** Returns the slot that has the frame now. */
  update(frame: ReceivedFrame): Slot {
    const camera = this.#cameras.get(frame.connection);
    const known = this.#byCamera.get(camera);
    if (known !== undefined) {
      known.frame = frame;
      known.version = ++this.#version;
      return known;
    }
    const slot = { camera, frame, version: ++this.#version, detected: undefined };
    this.#byCamera.set(camera, slot);
    this.slots = [...this.#byCamera.values()];
    return slot;
  }

  /** A detector has answered for a frame. */
  updateDetected(result: FrameResult, jpeg: Uint8Array): void {
    const slot = this.#byCamera.get(result.camera);
    if (slot === undefined) return;
    slot.detected = { frame: { ...result.frame, jpeg }, result, version: ++this.#version };
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
    const tooMany = offline.filter(({ frame, detected }) => {
      bytes += frame.jpeg.length + (detected?.frame.jpeg.length ?? 0);
      return bytes > maxOfflineBytes;
    });
    const gone = [...this.slots.filter((slot) => !isKnown(slot)), ...tooMany];
    if (gone.length === 0) return;
    for (const { camera } of gone) this.#byCamera.delete(camera);
    this.slots = [...this.#byCamera.values()];
  }
}

/** The pictures that a viewer wants. */
export interface ViewerWishes {
  /** The key of the one camera; undefined: all cameras. */
  readonly key: string | undefined;
  /** Whether it wants the frames with results, where there are some. */
  readonly wantsResults?: boolean | undefined;
}

/**
 * Gives one viewer the frames that it has not seen, by turns of the cameras, and of each camera the
 * newest only.
 */
export class Cursor {
  readonly #latest: LatestFrames;
  readonly #key: string | undefined;
  readonly #wantsResults: boolean;
  readonly #seen = new WeakMap<Camera, number>();
  #turn = 0;

  /** @param key of the one camera to show; undefined: all cameras */
  constructor(latest: LatestFrames, { key, wantsResults = false }: ViewerWishes) {
    this.#latest = latest;
    this.#key = key;
    this.#wantsResults = wantsResults;
  }

  /** A frame that this viewer has not seen; undefined when it has seen all. */
  next(): ShownFrame | undefined {
    const { slots } = this.#latest;
    for (let step = 0; step < slots.length; step++) {
      const turn = (this.#turn + step) % slots.length;
      const slot = slots[turn] as Slot;
      if (this.#key !== undefined && slot.camera.key !== this.#key) continue;
      const shown = this.#choose(slot);
      if (this.#seen.get(slot.camera) === shown.version) continue;
      this.#seen.set(slot.camera, shown.version);
      this.#turn = turn + 1;
      return { camera: slot.camera, ...shown };
    }
    return undefined;
  }

  /** While a detector answers, a viewer that wants results is given the frames that have one: no box is at a wrong picture. */
  #choose({ frame, version, detected }: Slot): Omit<ShownFrame, 'camera'> & { readonly version: number } {
    const isFresh = detected !== undefined && readWallClockUs() - detected.result.answeredAtUs < freshUs;
    return this.#wantsResults && isFresh ? detected : { frame, version };
  }
}
