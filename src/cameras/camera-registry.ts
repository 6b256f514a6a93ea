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
  /** Their keys in small letters: on some disks `Cam` and `cam` are one folder. */
  readonly #takenKeys = new Set<string>();
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

  /** The first camera that calls itself so. */
  findTitle(name: string): Camera | undefined {
    const title = name.normalize('NFC');
    return this.all.find((camera) => camera.title === title);
  }

  /** The camera that goes by that key, or by one that differs in capital letters alone. */
  findHolder(key: string): Camera | undefined {
    const lower = key.toLowerCase();
    for (const camera of this.#cameras.values()) if (camera.key.toLowerCase() === lower) return camera;
    return undefined;
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
    let away: Camera | undefined;
    for (const camera of this.#cameras.values()) {
      if (this.#isStillThere(camera, sender, base)) return camera;
      // That of two which it was before.
      if (!camera.isOnline && isCalled(camera, sender, base)) away ??= camera;
    }
    // Of a longer name the key has the beginning only, which may be another camera's.
    const title = sender.name ?? (sender.stream === undefined ? undefined : `${base}...`);
    return away ?? this.#add(base, title, nowUs);
  }

  #add(base: string, title: string | undefined, nowUs: number): Camera {
    let key = base;
    for (let number = 2; this.#takenKeys.has(key.toLowerCase()); number++) key = `${base}-${number}`;
    this.#takenKeys.add(key.toLowerCase());
    const camera = new Camera(key, title ?? key, nowUs);
    this.#cameras.set(key, camera);
    return camera;
  }

  /** Whether it is that camera for sure, rather than another one that is called the same. */
  #isStillThere(camera: Camera, sender: Sender, base: string): boolean {
    if (sender.stream !== undefined) return this.#streams.get(camera) === sender.stream && hasBase(camera, base);
    if (!camera.isOnline || sender.name === undefined || camera.title !== sender.name) return false;
    // Who posts pictures may have a connection for each, and they may overlap; who posts without an end is alone.
    for (const { stream, isEndless } of camera.senders) if (stream !== undefined || isEndless) return false;
    return true;
  }

  /** Lets go of what has been away longest. */
  #forget(): void {
    const offline = [...this.#cameras.values()].filter(({ isOnline }) => !isOnline);
    if (offline.length <= mostOffline) return;
    offline.sort((a, b) => a.changedAtUs - b.changedAtUs);
    for (const camera of offline.slice(0, offline.length - mostOffline)) {
      this.#cameras.delete(camera.key);
      this.#takenKeys.delete(camera.key.toLowerCase());
      this.#streams.delete(camera);
    }
  }
}

/** Whether the sender goes by the name of the camera: names that make the same key are different ones, and a stream without one is its own. */
function isCalled(camera: Camera, { name, stream }: Sender, base: string): boolean {
  if (name !== undefined) return camera.title === name;
  return stream === undefined && camera.title === camera.key && hasBase(camera, base);
}

/** Whether its key is that one, or that one with a number. */
function hasBase({ key }: Camera, base: string): boolean {
  return key.startsWith(base) && /^(-\d+)?$/.test(key.slice(base.length));
}
