import type { Camera } from './camera.ts';

/** Cameras that are offline and remembered. */
const maxOffline = 100;
/** A camera that is known for longer is no passing one: microseconds. */
const passingUs = 3600 * 1e6;

/** The cameras that are never forgotten by themselves: those that joined, and those that must be there. */
export class LastingCameras {
  /** Keys of cameras that joined. */
  readonly #joined = new Set<string>();
  readonly #expected = new Set<Camera>();

  /** Those that must be there. */
  get expected(): ReadonlySet<Camera> {
    return this.#expected;
  }

  expect(camera: Camera): void {
    this.#expected.add(camera);
  }

  join(key: string): void {
    this.#joined.add(key);
  }

  /** The token of the camera is of no use any more. */
  leave(key: string): void {
    this.#joined.delete(key);
  }

  /** Whether only a token makes a connection that camera. */
  hasJoined({ key, tokenOf = key }: Camera): boolean {
    return this.#joined.has(tokenOf);
  }

  /** The camera is one like any other now. */
  remove(camera: Camera): void {
    this.#expected.delete(camera);
    this.leave(camera.key);
  }

  /**
   * The others of these that are to be forgotten, as they have been offline longest. Those that came
   * for a short time only are the first, so that a stranger with many names does not displace the
   * others.
   */
  findSurplus(cameras: Iterable<Camera>): Camera[] {
    const offline = [...cameras].filter(
      (camera) => !camera.isOnline && !this.hasJoined(camera) && !this.#expected.has(camera),
    );
    if (offline.length <= maxOffline) return [];
    offline.sort((a, b) => Number(isLasting(a)) - Number(isLasting(b)) || a.changedAtUs - b.changedAtUs);
    return offline.slice(0, offline.length - maxOffline);
  }
}

function isLasting({ firstSeenUs = Number.POSITIVE_INFINITY, changedAtUs }: Camera): boolean {
  return changedAtUs - firstSeenUs > passingUs;
}
