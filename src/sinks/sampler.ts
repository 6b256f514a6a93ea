import type { Camera } from '../frames/camera.ts';
import type { ReceivedFrame } from '../frames/received-frame.ts';

/** Every so many frames, or one in so many milliseconds. */
export type Sampling = { readonly frames: number } | { readonly ms: number };

/** Picks some frames of each camera: the first, and then one in so many, or the first after so long. */
export class Sampler {
  readonly #sampling: Sampling;
  readonly #states = new WeakMap<Camera, { seen: number; pickedUs: number }>();

  constructor(sampling: Sampling) {
    this.#sampling = sampling;
  }

  picks(frame: ReceivedFrame, camera: Camera): boolean {
    const state = this.#states.get(camera) ?? { seen: 0, pickedUs: Number.NEGATIVE_INFINITY };
    this.#states.set(camera, state);
    const isPicked = this.#isDue(state, frame);
    state.seen++;
    if (isPicked) state.pickedUs = frame.receivedAtUs;
    return isPicked;
  }

  #isDue({ seen, pickedUs }: { seen: number; pickedUs: number }, { receivedAtUs }: ReceivedFrame): boolean {
    if ('frames' in this.#sampling) return seen % this.#sampling.frames === 0;
    // A clock that was set back must not stop it.
    return receivedAtUs < pickedUs || receivedAtUs - pickedUs >= this.#sampling.ms * 1000;
  }
}
