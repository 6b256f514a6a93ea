import type { ErrorCode } from '../protocol/errors.ts';
import { SilenceTimer } from '../system/silence-timer.ts';
import type { Camera } from './camera.ts';
import type { CameraRegistry } from './camera-registry.ts';
import type { ConnectionStats, ReceivedFrame } from './received-frame.ts';

/** A camera, with one of its connections. */
export interface OnlineCamera {
  readonly camera: Camera;
  readonly connection: ConnectionStats;
}

/** Its first connection came. */
export interface CameraUp extends OnlineCamera {
  readonly kind: 'up';
}

/** Its last connection, which is `sender`, is gone. */
export interface CameraDown extends OnlineCamera {
  readonly kind: 'down';
  /** Since it came. */
  readonly frames: number;
  /** Why, unless all is well. */
  readonly reason: ErrorCode | undefined;
}

/** It is connected and gives no picture: told once, until one comes. `sender` is the newest of its connections. */
export interface CameraStall extends OnlineCamera {
  readonly kind: 'stall';
  /** Since it came. */
  readonly frames: number;
  /** Since its last frame, or since it came, in whole milliseconds. */
  readonly stalledMs: number;
}

/** A picture comes after a stall, over `sender`. */
export interface CameraResume extends OnlineCamera {
  readonly kind: 'resume';
  /** From its last frame to this one, in whole milliseconds. */
  readonly stalledMs: number;
}

export type CameraEvent = CameraUp | CameraDown | CameraStall | CameraResume;

interface Watched {
  readonly camera: Camera;
  /** Its connections, the newest last. */
  readonly senders: Set<ConnectionStats>;
  newest: ConnectionStats;
  /** Since it came. */
  frames: number;
  lastMs: number;
  isStalled: boolean;
  readonly silence: SilenceTimer | undefined;
}

/** Tells when a camera comes, goes, gives no picture, and gives some again; whichever connections its pictures come over. */
export class CameraMonitor {
  readonly #cameras: CameraRegistry;
  readonly #stallAfterMs: number | undefined;
  readonly #onEvent: (event: CameraEvent) => void;
  readonly #ofCamera = new Map<Camera, Watched>();
  readonly #ofSender = new Map<ConnectionStats, Watched>();
  #isClosed = false;

  /**
   * @param stallAfterMs time without a frame of a camera that is connected after which it counts as stalled, in milliseconds; undefined:
   * stalls are not watched
   */
  constructor(cameras: CameraRegistry, stallAfterMs: number | undefined, onEvent: (event: CameraEvent) => void) {
    this.#cameras = cameras;
    this.#stallAfterMs = stallAfterMs;
    this.#onEvent = onEvent;
  }

  /** All that are online now with the newest of their connections, those that came first in front. */
  online(): OnlineCamera[] {
    return [...this.#ofCamera.values()].map(({ camera, newest }) => ({ camera, connection: newest }));
  }

  /** The registry knows it already. */
  connected(connection: ConnectionStats): void {
    if (this.#isClosed) return;
    const camera = this.#cameras.get(connection);
    const known = this.#ofCamera.get(camera);
    const watched = known ?? this.#add(camera, connection);
    watched.senders.add(connection);
    watched.newest = connection;
    this.#ofSender.set(connection, watched);
    if (known === undefined) this.#onEvent({ kind: 'up', camera, connection });
  }

  /** How many frames of its camera have come since the camera came, with this one; 0 for a sender that has not arrived. */
  countFrame({ connection }: ReceivedFrame): number {
    const watched = this.#ofSender.get(connection);
    if (watched === undefined) return 0;
    const stalledMs = measureSilence(watched);
    const { camera, isStalled } = watched;
    watched.isStalled = false;
    watched.lastMs = performance.now();
    watched.frames++;
    watched.silence?.heard();
    if (isStalled) this.#onEvent({ kind: 'resume', camera, connection, stalledMs });
    return watched.frames;
  }

  /** @param reason why, unless all is well */
  disconnected(connection: ConnectionStats, reason: ErrorCode | undefined): void {
    const watched = this.#ofSender.get(connection);
    if (watched === undefined) return;
    this.#ofSender.delete(connection);
    watched.senders.delete(connection);
    const newest = [...watched.senders].at(-1);
    if (newest !== undefined) {
      watched.newest = newest;
      return;
    }
    const { camera, frames, silence } = watched;
    silence?.stop();
    this.#ofCamera.delete(camera);
    this.#onEvent({ kind: 'down', camera, connection, frames, reason });
  }

  /** Tells nothing any more, and forgets all. */
  close(): void {
    this.#isClosed = true;
    for (const { silence } of this.#ofCamera.values()) silence?.stop();
    this.#ofCamera.clear();
    this.#ofSender.clear();
  }

  #add(camera: Camera, newest: ConnectionStats): Watched {
    const limitMs = this.#stallAfterMs;
    const silence = limitMs === undefined ? undefined : new SilenceTimer(limitMs, () => this.#stall(watched));
    const start = { frames: 0, lastMs: performance.now(), isStalled: false };
    const watched: Watched = { camera, senders: new Set(), newest, ...start, silence };
    this.#ofCamera.set(camera, watched);
    return watched;
  }

  #stall(watched: Watched): void {
    watched.isStalled = true;
    const { camera, newest: sender, frames } = watched;
    this.#onEvent({ kind: 'stall', camera, connection: sender, frames, stalledMs: measureSilence(watched) });
  }
}

function measureSilence({ lastMs }: Watched): number {
  return Math.round(performance.now() - lastMs);
}
