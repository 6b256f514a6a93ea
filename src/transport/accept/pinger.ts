/** At the beginning the clocks are not known yet, so the first pings follow close on one another. */
const firstMs = 50;
const maxMs = 1000;

/**
 * Pings when it starts, then at growing intervals: up to a second, or a third of the time after which the other end takes the connection
 * for dead.
 */
export class Pinger {
  readonly #ping: () => void;
  readonly #maxMs: number;
  #intervalMs = firstMs;
  #timer: NodeJS.Timeout | undefined;

  /** @param keepAliveMs the shorter of both ends' */
  constructor(keepAliveMs: number, ping: () => void) {
    this.#ping = ping;
    this.#maxMs = Math.max(firstMs, Math.min(maxMs, keepAliveMs / 3));
  }

  start(): void {
    this.#schedule();
    this.#ping();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    this.#timer = setTimeout(() => {
      this.#intervalMs = Math.min(this.#maxMs, this.#intervalMs * 2);
      this.#schedule();
      this.#ping();
    }, this.#intervalMs);
  }
}
