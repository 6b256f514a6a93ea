import type { ReceivedFrame, Sender } from '../link/receiving/received-frame.ts';
import type { ErrorCode } from '../protocol/errors.ts';
import type { StreamId } from '../protocol/message.ts';
import { readWallClockUs } from '../system/clock.ts';
import { Camera } from './camera.ts';
import { makeKey } from './camera-key.ts';

/** Cameras that are offline and remembered. */
const mostOffline = 100;

/** Knows which camera a sender is: the same again when it connects again, and while it is away. */
export class CameraRegistry {
  readonly #cameras = new Map<string, Camera>();
  readonly #ofSender = new Map<Sender, Camera>();
  /** The newest stream of each camera. */
  readonly #streams = new Map<Camera, StreamId>();
  /** Connections that ended for which reason before a frame of theirs was taken. */
  readonly refusals = new Map<ErrorCode, number>();

  /** All that are online, and those that went last; in the order of their keys. */
  get all(): Camera[] {
    return [...this.#cameras.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  find(key: string): Camera | undefined {
    return this.#cameras.get(key);
  }

  /** Of a sender from its `arrive` until its `leave` is over. */
  of(sender: Sender): Camera {
    const camera = this.#ofSender.get(sender);
    if (camera === undefined) throw new Error(`${sender.address} has not arrived`);
    return camera;
  }

  /** Its first frame is here. */
  arrive(sender: Sender): Camera {
    const nowUs = readWallClockUs();
    const camera = this.#choose(sender, nowUs);
    if (sender.name !== undefined) camera.title = sender.name;
    if (sender.stream !== undefined) this.#streams.set(camera, sender.stream);
    camera.arrive(sender, nowUs);
    this.#ofSender.set(sender, camera);
    return camera;
  }

  take(frame: ReceivedFrame): void {
    this.#ofSender.get(frame.sender)?.take(frame);
  }

  /** A connection ended before it brought a frame. */
  refuse(code: ErrorCode): void {
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
  }

  /** It is gone, whether it had arrived or not. @param failure why, unless all is well */
  leave(sender: Sender, failure: ErrorCode | undefined): void {
    const camera = this.#ofSender.get(sender);
    if (camera === undefined) {
      if (failure !== undefined) this.refuse(failure);
      return;
    }
    this.#ofSender.delete(sender);
    camera.leave(sender, failure, readWallClockUs());
    this.#forget();
  }

  #choose(sender: Sender, nowUs: number): Camera {
    const base = makeKey(sender);
    // That of two which it was before.
    const known = [...this.#cameras.values()].find(({ isOnline, title, key }) => {
      return !isOnline && title === sender.name && (key === base || key.startsWith(`${base}-`));
    });
    if (known !== undefined) return known;
    for (let number = 1; ; number++) {
      const key = number === 1 ? base : `${base}-${number}`;
      const camera = this.#cameras.get(key);
      if (camera === undefined) {
        const added = new Camera(key, sender.name ?? key, nowUs);
        this.#cameras.set(key, added);
        return added;
      }
      if (this.#fits(camera, sender)) return camera;
    }
  }

  /** Whether it is that camera, rather than another one that is called the same. */
  #fits(camera: Camera, sender: Sender): boolean {
    if (!camera.isOnline) return true;
    if (sender.stream !== undefined) return this.#streams.get(camera) === sender.stream;
    // Who posts pictures may have a connection for each, and they may overlap.
    return sender.name !== undefined && [...camera.senders].every(({ stream }) => stream === undefined);
  }

  /** Lets go of what has been away longest. */
  #forget(): void {
    const offline = [...this.#cameras.values()].filter(({ isOnline }) => !isOnline);
    if (offline.length <= mostOffline) return;
    offline.sort((a, b) => a.changedAtUs - b.changedAtUs);
    for (const camera of offline.slice(0, offline.length - mostOffline)) {
      this.#cameras.delete(camera.key);
      this.#streams.delete(camera);
    }
  }
}
