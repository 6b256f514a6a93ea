import type { ErrorCode } from '../errors.ts';
import { hostOf } from '../network/address.ts';
import type { StreamId } from '../protocol/wire2/message.ts';
import { readWallClockUs } from '../system/clock.ts';
import { Camera } from './camera.ts';
import { CameraEvents } from './camera-events.ts';
import { findFreeKey, hasBase, makeKey, plainName } from './camera-key.ts';
import { findAway, findSource, isCalled } from './camera-match.ts';
import { type KnownCamera, toKnown } from './known-camera.ts';
import { LastingCameras } from './lasting-cameras.ts';
import type { ConnectionStats, ReceivedFrame } from './received-frame.ts';

/**
 * Knows which camera a connection is of: the same again when it connects again, and while it is
 * away. README.md has the rules.
 */
export class CameraRegistry {
  /** Has the events of all cameras. */
  readonly events = new CameraEvents();
  readonly #cameras = new Map<string, Camera>();
  /** Their keys in small letters: on some disks `Cam` and `cam` are one folder. */
  readonly #takenKeys = new Set<string>();
  readonly #ofConnection = new Map<ConnectionStats, Camera>();
  /** The newest stream of each camera. */
  readonly #streams = new Map<Camera, StreamId>();
  /** Cameras of streams whose sender has not said its name. */
  readonly #nameless = new Set<Camera>();
  readonly #lasting = new LastingCameras();
  /** Connections that ended for which reason before a frame of theirs was accepted. */
  readonly rejections = new Map<ErrorCode, number>();
  /** Called when `known` has changed. */
  onChange: () => void = () => undefined;

  /**
   * @param known of an earlier run: they are offline until they come
   * @param expected names of cameras that must be there: they are offline, too
   */
  constructor(known: readonly KnownCamera[] = [], expected: readonly string[] = []) {
    for (const camera of known) this.#remember(camera);
    for (const name of expected) this.#lasting.expect(this.#findExpected(name) ?? this.#await(name));
    this.#forgetOldest();
  }

  /**
   * All that can be known again in a later run. The sender of the others has not said its name, or
   * they are expected and never came.
   */
  get known(): KnownCamera[] {
    const named = this.all.filter((camera) => !this.#nameless.has(camera));
    return named.flatMap((camera) => toKnown(camera, readWallClockUs()) ?? []);
  }

  /** Those that must be there. */
  get expected(): ReadonlySet<Camera> {
    return this.#lasting.expected;
  }

  /** All that are online, and those that went last; in the order of their keys. */
  get all(): Camera[] {
    return [...this.#cameras.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  find(key: string): Camera | undefined {
    return this.#cameras.get(key);
  }

  /** The camera that a user names. Keys come first, as two cameras may have the same name. */
  findNamed(name: string): Camera | undefined {
    return this.find(name) ?? this.findTitle(name);
  }

  /** The first camera that calls itself so. */
  findTitle(name: string): Camera | undefined {
    const title = name.normalize('NFC');
    return this.all.find((camera) => camera.title === title);
  }

  /** The camera with that key, or with one that differs only in capital letters. */
  findHolder(key: string): Camera | undefined {
    const lower = key.toLowerCase();
    for (const camera of this.#cameras.values()) if (camera.key.toLowerCase() === lower) return camera;
    return undefined;
  }

  /** Of a connection from its `connected` until its `disconnected` is over. */
  get(connection: ConnectionStats): Camera {
    const camera = this.#ofConnection.get(connection);
    if (camera === undefined) throw new Error(`${connection.address} has not arrived`);
    return camera;
  }

  /** Its first frame is here. */
  connected(connection: ConnectionStats): Camera {
    const nowUs = readWallClockUs();
    const camera = this.#choose(connection, nowUs);
    if (connection.name !== undefined) {
      camera.title = connection.name;
      this.#nameless.delete(camera);
    }
    if (connection.identity !== undefined) camera.identity = connection.identity;
    camera.host = hostOf(connection.address);
    camera.firstSeenUs ??= nowUs;
    if (connection.stream !== undefined) this.#streams.set(camera, connection.stream);
    camera.connected(connection, nowUs);
    this.#ofConnection.set(connection, camera);
    this.events.connected(camera, connection);
    this.onChange();
    return camera;
  }

  /** That camera has joined: it is never forgotten by itself, also where it has not come yet. */
  addJoined(key: string, name: string): void {
    this.#lasting.join(key);
    if (this.find(key) !== undefined) return;
    this.#add(key, name, readWallClockUs());
    this.onChange();
  }

  /** Its token is of no use any more. It is forgotten as any other. */
  removeJoined(camera: Camera): void {
    this.#lasting.leave(camera.key);
  }

  countFrame(frame: ReceivedFrame): void {
    const camera = this.#ofConnection.get(frame.connection);
    if (camera === undefined) return;
    camera.countFrame(frame);
    this.events.countFrame(camera, frame.connection);
  }

  /** A connection ended before it brought a frame. */
  countRejection(code: ErrorCode): void {
    this.rejections.set(code, (this.rejections.get(code) ?? 0) + 1);
  }

  /** It is gone, whether it brought a frame or not. @param failure why, unless all is well */
  disconnected(connection: ConnectionStats, failure: ErrorCode | undefined): void {
    const camera = this.#ofConnection.get(connection);
    if (camera === undefined) {
      if (failure !== undefined) this.countRejection(failure);
      return;
    }
    this.#ofConnection.delete(connection);
    camera.disconnected(connection, failure, readWallClockUs());
    this.events.disconnected(camera, connection, failure);
    this.#forgetOldest();
    this.onChange();
  }

  /**
   * Its next connection is that of a new camera. One that is expected stays so.
   * @param camera one that is offline
   */
  forget(camera: Camera): void {
    camera.isForgotten = true;
    const isExpected = this.#lasting.expected.has(camera);
    this.#lasting.remove(camera);
    this.#drop(camera);
    if (isExpected) this.#lasting.expect(this.#await(camera.title));
    this.onChange();
  }

  #choose(connection: ConnectionStats, nowUs: number): Camera {
    const { joined } = connection;
    // The token says which camera it is, whatever else a connection says.
    if (joined !== undefined) return this.#chooseJoined(joined, connection, nowUs);
    const base = makeKey(connection);
    const called: Camera[] = [];
    for (const camera of this.#cameras.values()) {
      // Only its token makes a connection that camera.
      if (this.#lasting.hasJoined(camera)) continue;
      if (this.#isStillThere(camera, connection, base)) return camera;
      if (isCalled(camera, connection, base)) called.push(camera);
    }
    const away = findAway(called, connection);
    if (away !== undefined) return away;
    if (connection.name !== undefined || connection.stream === undefined)
      return this.#add(base, connection.name, nowUs);
    // Of a longer name the key has the beginning only, which may be another camera's.
    const camera = this.#add(base, `${base}...`, nowUs);
    this.#nameless.add(camera);
    return camera;
  }

  /** A machine joins, and each of its sources is a camera. */
  #chooseJoined(joined: string, connection: ConnectionStats, nowUs: number): Camera {
    const owner = this.find(joined) ?? this.#add(joined, connection.name, nowUs);
    const found = findSource(owner, this.#cameras.values(), connection);
    if (found !== undefined) return found;
    const camera = this.#add(joined, connection.name, nowUs);
    camera.tokenOf = joined;
    return camera;
  }

  #remember({ key, name, identity, tokenOf, host, firstSeenUs, lastSeenUs }: KnownCamera): void {
    if (this.#takenKeys.has(key.toLowerCase())) return;
    const camera = this.#add(key, name, lastSeenUs);
    camera.firstSeenUs = firstSeenUs;
    camera.identity = identity;
    camera.tokenOf = tokenOf;
    camera.host = host;
  }

  /** A user may also list the key of a second camera of one name, such as garden-2. */
  #findExpected(name: string): Camera | undefined {
    const numbered = this.find(name);
    const isNumbered = numbered !== undefined && plainName(numbered.title) !== name;
    return this.findTitle(name) ?? (isNumbered ? numbered : undefined);
  }

  /** Adds a camera that has not come yet. */
  #await(name: string): Camera {
    const camera = this.#add(plainName(name), name, readWallClockUs());
    camera.firstSeenUs = undefined;
    return camera;
  }

  #drop(camera: Camera): void {
    this.#cameras.delete(camera.key);
    this.#takenKeys.delete(camera.key.toLowerCase());
    this.#streams.delete(camera);
    this.#nameless.delete(camera);
  }

  #add(base: string, title: string | undefined, nowUs: number): Camera {
    const key = findFreeKey(base, (taken) => this.#takenKeys.has(taken.toLowerCase()));
    this.#takenKeys.add(key.toLowerCase());
    const camera = new Camera(key, title ?? key, nowUs);
    this.#cameras.set(key, camera);
    return camera;
  }

  /** Whether it is that camera for sure, rather than another one that is called the same. */
  #isStillThere(camera: Camera, connection: ConnectionStats, base: string): boolean {
    if (connection.stream !== undefined)
      return this.#streams.get(camera) === connection.stream && hasBase(camera.key, base);
    if (!camera.isOnline || connection.name === undefined || camera.title !== connection.name) return false;
    // A client that posts pictures may have a connection for each, and these may overlap. One that posts without an end has one.
    for (const { stream, isEndless } of camera.connections) if (stream !== undefined || isEndless) return false;
    return true;
  }

  #forgetOldest(): void {
    for (const camera of this.#lasting.findSurplus(this.#cameras.values())) this.#drop(camera);
  }
}
