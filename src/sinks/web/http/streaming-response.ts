import type { ServerResponse } from 'node:http';
import { onAbort } from '../../../system/abort.ts';

/** A client that does not read one whole piece within this time is gone, or as good as gone. */
const defaultTimeoutMs = 60_000;

/**
 * A response whose body is sent piece by piece, as fast as its client takes it and no faster: at
 * most one piece waits in memory. Its head has been written.
 */
export class StreamingResponse {
  readonly #response: ServerResponse;
  readonly #closed = new AbortController();
  readonly #timeoutMs: number;

  constructor(response: ServerResponse, timeoutMs = defaultTimeoutMs) {
    this.#response = response;
    this.#timeoutMs = timeoutMs;
    // A stream may well be silent for an hour: only a piece that waits has a time-out.
    response.setTimeout(0);
    response.once('close', () => this.#closed.abort());
    response.flushHeaders();
  }

  /** Aborts when nothing more can be sent. */
  get signal(): AbortSignal {
    return this.#closed.signal;
  }

  /**
   * Resolves when the socket has taken all parts; false when the client is gone. The next piece may
   * be sent after that.
   */
  send(...parts: readonly (string | Uint8Array)[]): Promise<boolean> {
    const { signal } = this;
    const last = parts.at(-1);
    if (signal.aborted || last === undefined) return Promise.resolve(!signal.aborted);
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#response.destroy(), this.#timeoutMs);
      const finish = (isTaken: boolean) => {
        clearTimeout(timer);
        stopWatching();
        if (!isTaken) this.#closed.abort();
        resolve(isTaken);
      };
      const stopWatching = onAbort(signal, () => finish(false));
      this.#response.cork();
      for (const part of parts.slice(0, -1)) this.#response.write(part);
      this.#response.write(last, (error) => finish(error === undefined || error === null));
      this.#response.uncork();
    });
  }

  end(): void {
    this.#response.end();
  }

  /** Breaks the response off, so that the client sees that something is missing. */
  destroy(): void {
    this.#response.destroy();
  }
}
