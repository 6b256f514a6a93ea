import type { Log } from '../system/log.ts';
import type { Camera } from './camera.ts';
import type { CameraRegistry } from './camera-registry.ts';
import type { JoinedCamera } from './joined/joined-camera.ts';

/** The cameras that have joined. */
export interface Membership {
  readonly joined: { find(key: string): JoinedCamera | undefined };
  /** Ends the connection of the camera, which needs another invitation. @throws CodedError OUTPUT_FAILED */
  forget(key: string): Promise<boolean>;
}

/** Why a camera cannot be forgotten, in the words of an error; undefined: it can. */
export function findObjection(
  key: string,
  cameras: readonly { readonly key: string; readonly online: boolean; readonly joined: unknown }[],
): string | undefined {
  const camera = cameras.find((one) => one.key === key);
  const verb = `Cannot forget ${key}`;
  if (camera === undefined) {
    const keys = cameras.map((one) => one.key).join(', ');
    return `${verb} as there is no such camera: ${keys === '' ? 'none is known' : `the cameras are ${keys}`}`;
  }
  return camera.online && camera.joined === null ? `${verb} as it is sending: stop its image-sender first` : undefined;
}

/** Has cameras forgotten, for the commands and for the page. */
export class CameraForgetter {
  readonly #cameras: CameraRegistry;
  readonly #log: Log;
  /** Undefined where no camera can join, or as long as the port is not open. */
  membership: Membership | undefined;

  constructor(cameras: CameraRegistry, log: Log) {
    this.#cameras = cameras;
    this.#log = log;
  }

  /**
   * The next camera of that name is a new one. One that joined may be online: its connection ends.
   * @returns why that is not possible, as `findObjection`
   * @throws CodedError OUTPUT_FAILED
   */
  async forget(key: string): Promise<string | undefined> {
    const joined = (one: string) => this.membership?.joined.find(one) ?? null;
    const all = this.#cameras.all.map((one) => ({ key: one.key, online: one.isOnline, joined: joined(one.key) }));
    const objection = findObjection(key, all);
    if (objection !== undefined) return objection;
    await this.membership?.forget(key);
    const camera = this.#cameras.find(key);
    const isExpected = camera !== undefined && this.#cameras.expected.has(camera);
    // Other sources of its machine came with its token.
    for (const one of this.#cameras.all) if (one === camera || one.tokenOf === key) this.#forget(one);
    this.#log.info(`forgot the camera ${key}${isExpected ? '; it stays in the list, as --expect names it' : ''}`);
    return undefined;
  }

  /** The connection of one that had joined may not be over yet. */
  #forget(camera: Camera): void {
    if (camera.isOnline) this.#cameras.removeJoined(camera);
    else this.#cameras.forget(camera);
  }
}
