import type { ConnectionStats } from '../../frames/received-frame.ts';
import { ProtocolError } from '../../protocol/errors.ts';
import { pause } from '../../system/abort.ts';

/** A sender answers a ping once a second, so that a connection which is silent for longer is dead: milliseconds. */
const maxSilenceMs = 3000;
/** Where this program slept, bytes may wait in the kernel, and the next ping is still to be answered. */
const minWaitMs = 500;

/** The connections of senders that say who they are, by name, machine and device. */
export class IdentityClaims {
  readonly #claims = new Map<string, Set<IdentityClaim>>();

  /** @param end ends the connection, as it is dead */
  open(end: (error: ProtocolError) => void): IdentityClaim {
    return new IdentityClaim(this.#claims, end);
  }
}

/**
 * The claim of one connection to be a certain camera. A camera that connects again, as its network
 * was away or its program has started again, may have an older connection that is dead and not over
 * yet: it ends then, so that the camera keeps its key. An older connection that lives is another
 * camera, such as one with a copied system: it stays.
 */
export class IdentityClaim {
  readonly #claims: Map<string, Set<IdentityClaim>>;
  readonly #end: (error: ProtocolError) => void;
  #key: string | undefined;
  #stream: string | undefined;
  #heardMs = performance.now();
  /** Bytes that came are being worked on. A connection that waits for a disk is not read from. */
  #isBusy = false;
  #isOver = false;
  /** Aborts the wait for a sign of life. */
  #sign: AbortController | undefined;
  #proof: Promise<void> | undefined;

  constructor(claims: Map<string, Set<IdentityClaim>>, end: (error: ProtocolError) => void) {
    this.#claims = claims;
    this.#end = end;
  }

  /** Whether nothing has come for so long that the connection is dead, or is not read from. */
  get isSilent(): boolean {
    return performance.now() - this.#heardMs >= maxSilenceMs;
  }

  /** Bytes came. */
  heard(): void {
    this.#heardMs = performance.now();
    this.#isBusy = true;
    this.#sign?.abort();
  }

  /** All that came is worked on. */
  rest(): void {
    this.#isBusy = false;
  }

  /**
   * The sender has said who it is.
   * @returns resolves when older connections of that camera that are dead have ended; undefined:
   * there is none that may be dead
   */
  make({ joined, name, stream, identity }: ConnectionStats): Promise<void> | undefined {
    if (identity === undefined || this.#key !== undefined || this.#isOver) return undefined;
    const key = JSON.stringify([joined, name, identity.machine, identity.device]);
    const claims = this.#claims.get(key) ?? new Set();
    // A newer connection of the same stream has ended the older one already.
    const silent = [...claims].filter((claim) => claim.#stream !== stream && !claim.#isBusy);
    claims.add(this);
    this.#claims.set(key, claims);
    this.#key = key;
    this.#stream = stream;
    const waits = silent.map((claim) => claim.#proveOnce());
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined);
  }

  /** The connection is over. */
  leave(): void {
    this.#isOver = true;
    this.#sign?.abort();
    const claims = this.#key === undefined ? undefined : this.#claims.get(this.#key);
    claims?.delete(this);
    if (claims?.size === 0) this.#claims.delete(this.#key as string);
  }

  /** Resolves when something comes from its sender, or it is over. It ends where nothing comes. */
  #proveOnce(): Promise<void> {
    this.#proof ??= this.#prove().finally(() => {
      this.#proof = undefined;
    });
    return this.#proof;
  }

  async #prove(): Promise<void> {
    const sign = new AbortController();
    this.#sign = sign;
    await pause(Math.max(minWaitMs, this.#heardMs + maxSilenceMs - performance.now()), sign.signal);
    this.#sign = undefined;
    if (sign.signal.aborted || this.#isOver) return;
    const seconds = ((performance.now() - this.#heardMs) / 1000).toFixed(1);
    this.#end(new ProtocolError('IDLE', `Nothing came for ${seconds} s, and its camera has connected again`));
  }
}
