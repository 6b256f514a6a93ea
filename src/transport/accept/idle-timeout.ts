import { ProtocolError } from '../../protocol/errors.ts';
import { SilenceTimer } from '../../system/silence-timer.ts';

export interface IdleLimits {
  /** From the connection to the whole header of its first frame, in milliseconds. */
  readonly headerTimeoutMs: number;
  /** Without `minimumBytes` or a whole frame or message, in milliseconds. */
  readonly idleTimeoutMs: number;
}

const minimumBytes = 1024;

/**
 * Watches one connection for silence, and for bytes that only drip.
 *
 * Time that the connection spends paused for our own sinks does not count.
 */
export class IdleTimeout {
  readonly #limits: IdleLimits;
  readonly #expire: (error: ProtocolError) => void;
  #timer: SilenceTimer;
  #bytes = 0;
  #isHeaderSeen = false;

  constructor(limits: IdleLimits, expire: (error: ProtocolError) => void) {
    this.#limits = limits;
    this.#expire = expire;
    this.#timer = new SilenceTimer(limits.headerTimeoutMs, () => this.#expireHeader());
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
    this.#timer.heard();
  }

  /** The connection is read from again. */
  resume(): void {
    this.#bytes = 0;
    this.#timer.stop();
    this.#timer = new SilenceTimer(this.#limits.idleTimeoutMs, () => this.#expireIdle());
  }

  /** The connection is not read from, or is no more. */
  stop(): void {
    this.#timer.stop();
  }

  #expireHeader(): void {
    this.#expire(describeNoHeader(this.#limits));
  }

  #expireIdle(): void {
    const seconds = this.#limits.idleTimeoutMs / 1000;
    const message = `No whole message and less than ${minimumBytes} bytes came within ${seconds} s (--idle-timeout): ${this.#bytes} bytes`;
    this.#expire(new ProtocolError('IDLE', message));
  }
}

export function describeNoHeader({ headerTimeoutMs }: IdleLimits): ProtocolError {
  return new ProtocolError('NO_FRAME', `No frame header came within ${headerTimeoutMs / 1000} s (--header-timeout)`);
}
