/** 'up' is client to server, 'down' server to client. */
export type Direction = 'up' | 'down';

/** The faults that the bytes of one direction meet. Rates and the queue are each connection's own. */
export interface Faults {
  /** Milliseconds that every byte, FIN and RST is late by. */
  readonly delayMs: number;
  /** Milliseconds, at most, that a chunk is later still; drawn for each, order kept. */
  readonly jitterMs: number;
  /** Bytes go on in pieces of at most this many, each a write of its own. */
  readonly sliceBytes: number;
  /** Pieces a second while `sliceBytes` is finite. */
  readonly slicesPerSecond: number;
  /** Bytes a second; up to 20 ms of them go on at once. */
  readonly bytesPerSecond: number;
  /** Reading pauses while this many bytes wait; what `delayMs` holds comes on top. */
  readonly queueBytes: number;
  /**
   * 'black-hole': everything is read and thrown away, FIN and RST as well, and what waits in the proxy. A connection
   * that has lost something stays one for ever, as TCP has no gaps. 'stall': nothing is read and nothing goes on, so
   * that the kernels' buffers fill (they hold several MB on loopback); afterwards all of it goes on unharmed.
   */
  readonly block: 'none' | 'black-hole' | 'stall';
}

export const noFaults: Faults = {
  delayMs: 0,
  jitterMs: 0,
  sliceBytes: Number.POSITIVE_INFINITY,
  slicesPerSecond: 20_000,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  queueBytes: 65_536,
  block: 'none',
};

/** Bytes that may be in flight because of a delay. */
const maxFlightBytes = 4_194_304;

/** Bytes that may wait in the proxy: the queue, and what a line of that rate and delay holds. */
export function limitWaiting({ queueBytes, bytesPerSecond, delayMs, jitterMs }: Faults): number {
  const lateMs = delayMs + jitterMs;
  return queueBytes + (lateMs === 0 ? 0 : Math.min(maxFlightBytes, (bytesPerSecond * lateMs) / 1000));
}

/** Bytes that may go on as one piece. */
export function limitPiece({ sliceBytes, bytesPerSecond }: Faults): number {
  return Math.max(1, Math.floor(Math.min(sliceBytes, bytesPerSecond * burstSeconds)));
}

const burstSeconds = 0.02;

/** A token bucket: empty at first, full after 20 ms of its rate. */
export class TokenBucket {
  #tokens = 0;
  #filledMs = performance.now();

  /** Milliseconds until `count` can be taken at this rate; no more than the bucket holds are waited for. */
  measureWait(count: number, perSecond: number): number {
    if (perSecond === Number.POSITIVE_INFINITY) return 0;
    const nowMs = performance.now();
    const capacity = Math.max(1, perSecond * burstSeconds);
    this.#tokens = Math.min(capacity, this.#tokens + ((nowMs - this.#filledMs) / 1000) * perSecond);
    this.#filledMs = nowMs;
    return Math.max(0, ((Math.min(count, capacity) - this.#tokens) / perSecond) * 1000);
  }

  take(count: number): void {
    this.#tokens = Math.max(0, this.#tokens - count);
  }
}
