import type { ErrorCode } from '../errors.ts';
import type { Camera } from './camera.ts';
import type { ConnectionStats } from './received-frame.ts';
import { StallDetector } from './stall-detector.ts';

/** A camera, with one of its connections. */
export interface OnlineCamera {
  readonly camera: Camera;
  readonly connection: ConnectionStats;
}

/** Its first connection is open. */
export interface CameraUp extends OnlineCamera {
  readonly kind: 'up';
}

/** Its last connection, which is `connection`, is gone. */
export interface CameraDown extends OnlineCamera {
  readonly kind: 'down';
  /** Since it was up. */
  readonly frames: number;
  /** Why, unless all is well. */
  readonly reason: ErrorCode | undefined;
}

/** It is connected and gives no frame: sent once, until a frame comes. `connection` is the newest of its connections. */
export interface CameraStall extends OnlineCamera {
  readonly kind: 'stall';
  /** Since it was up. */
  readonly frames: number;
  /** Since its last frame, or since it was up, in whole milliseconds. */
  readonly stalledMs: number;
}

/** A frame comes after a stall, over `connection`. */
export interface CameraResume extends OnlineCamera {
  readonly kind: 'resume';
  /** The time from its last frame to this one, in whole milliseconds. */
  readonly stalledMs: number;
}

/** It should be there, and has been away for too long. */
export interface CameraMissing {
  readonly kind: 'missing';
  readonly camera: Camera;
}

export type CameraEvent = CameraUp | CameraDown | CameraStall | CameraResume | CameraMissing;

export interface ListenOptions {
  /** Time without a frame of a connected camera after which it counts as stalled, in milliseconds; undefined: no stalls are sent. */
  readonly stallAfterMs: number | undefined;
}

interface Listener extends ListenOptions {
  readonly onEvent: (event: CameraEvent) => void;
}

interface Watched {
  readonly camera: Camera;
  newest: ConnectionStats;
  /** Since it was up. */
  frames: number;
  lastMs: number;
  readonly stalls: Map<Listener, StallDetector>;
}

/**
 * Tells when a camera comes, goes, gives no frame, and gives some again, whichever connections its frames come over.
 *
 * One object serves all sinks; each listens with a stall time of its own. `CameraRegistry` feeds it.
 */
export class CameraEvents {
  readonly #listeners = new Set<Listener>();
  readonly #watched = new Map<Camera, Watched>();

  /** Sends the events from now on. Returns a function that ends that. */
  listen({ stallAfterMs }: ListenOptions, onEvent: (event: CameraEvent) => void): () => void {
    const listener = { stallAfterMs, onEvent };
    this.#listeners.add(listener);
    for (const watched of this.#watched.values()) this.#watchSilence(watched, listener);
    return () => {
      this.#listeners.delete(listener);
      for (const { stalls } of this.#watched.values()) {
        stalls.get(listener)?.stop();
        stalls.delete(listener);
      }
    };
  }

  /** The camera has that connection already. */
  connected(camera: Camera, connection: ConnectionStats): void {
    const known = this.#watched.get(camera);
    if (known !== undefined) {
      known.newest = connection;
      return;
    }
    const watched: Watched = { camera, newest: connection, frames: 0, lastMs: performance.now(), stalls: new Map() };
    this.#watched.set(camera, watched);
    for (const listener of this.#listeners) this.#watchSilence(watched, listener);
    this.#tellAll({ kind: 'up', camera, connection });
  }

  countFrame(camera: Camera, connection: ConnectionStats): void {
    const watched = this.#watched.get(camera);
    if (watched === undefined) return;
    const nowMs = performance.now();
    watched.lastMs = nowMs;
    watched.frames++;
    for (const [{ onEvent }, stall] of watched.stalls) {
      const stalledMs = stall.countFrame(nowMs);
      if (stalledMs !== undefined) onEvent({ kind: 'resume', camera, connection, stalledMs });
    }
  }

  /** The camera does not have that connection any more. @param reason why, unless all is well */
  disconnected(camera: Camera, connection: ConnectionStats, reason: ErrorCode | undefined): void {
    const watched = this.#watched.get(camera);
    if (watched === undefined) return;
    const newest = [...camera.connections].at(-1);
    if (newest !== undefined) {
      watched.newest = newest;
      return;
    }
    for (const stall of watched.stalls.values()) stall.stop();
    this.#watched.delete(camera);
    this.#tellAll({ kind: 'down', camera, connection, frames: watched.frames, reason });
  }

  /** The camera has been away for too long. */
  missing(camera: Camera): void {
    this.#tellAll({ kind: 'missing', camera });
  }

  #tellAll(event: CameraEvent): void {
    for (const { onEvent } of this.#listeners) onEvent(event);
  }

  #watchSilence(watched: Watched, listener: Listener): void {
    const { stallAfterMs, onEvent } = listener;
    if (stallAfterMs === undefined) return;
    const stall = new StallDetector(stallAfterMs, watched.lastMs, (stalledMs) => {
      const { camera, newest: connection, frames } = watched;
      onEvent({ kind: 'stall', camera, connection, frames, stalledMs });
    });
    watched.stalls.set(listener, stall);
  }
}
