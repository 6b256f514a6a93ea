import { ProtocolError } from '../protocol/errors.ts';

export interface IdleLimits {
  /** From the connection to the whole header of its first frame, in milliseconds. */
  readonly headerTimeoutMs: number;
  /** Without `minimumBytes` or a whole frame, in milliseconds. */
  readonly idleTimeoutMs: number;
}

const minimumBytes = 1024;

/**
 * Watches one connection for silence, and for bytes that only drip.
 *
 * Time that the connection spends paused for our own sinks does not count.
 */
export class IdleWatch {
  readonly #limits: IdleLimits;
  readonly #expire: (error: ProtocolError) => void;
  #timer: NodeJS.Timeout;
  #bytes = 0;
  #isHeaderSeen = false;

  constructor(limits: IdleLimits, expire: (error: ProtocolError) => void) {
    this.#limits = limits;
    this.#expire = expire;
    this.#timer = setTimeout(() => this.#expireHeader(), limits.headerTimeoutMs);
  }

  /** Bytes came; `isHeaderSeen` once the first header is whole. */
  count(bytes: number, isHeaderSeen: boolean): void {
    if (isHeaderSeen && !this.#isHeaderSeen) {
      this.#isHeaderSeen = true;
      this.resume();
    }
    this.#bytes += bytes;
    if (this.#isHeaderSeen && this.#bytes >= minimumBytes) this.refresh();
  }

  /** A frame was whole. */
  refresh(): void {
    this.#bytes = 0;
    this.#timer.refresh();
  }

  /** The connection is read from again. */
  resume(): void {
    this.#bytes = 0;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#expireIdle(), this.#limits.idleTimeoutMs);
  }

  /** The connection is not read from, or is no more. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  #expireHeader(): void {
    const seconds = this.#limits.headerTimeoutMs / 1000;
    this.#expire(new ProtocolError('NO_FRAME', `No frame header came within ${seconds} s (--header-timeout)`));
  }

  #expireIdle(): void {
    const seconds = this.#limits.idleTimeoutMs / 1000;
    const message = `Less than ${minimumBytes} bytes came within ${seconds} s (--idle-timeout): ${this.#bytes}`;
    this.#expire(new ProtocolError('IDLE', message));
  }
}
