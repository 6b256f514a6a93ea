import type { ServerResponse } from 'node:http';
import { onAbort } from '../../system/abort.ts';
import { strictHeaders } from './strict-headers.ts';

/** A reader that does not take one piece whole within it is gone, or as good as. */
export const patienceMs = 60_000;

/** A response whose body goes out piece by piece, as fast as its reader takes it and no faster: what is not taken yet is one piece. */
export class StreamingResponse {
  readonly #response: ServerResponse;
  readonly #over = new AbortController();
  readonly #patienceMs: number;

  constructor(response: ServerResponse, headers: Readonly<Record<string, string>>, status = 200, maxMs = patienceMs) {
    this.#response = response;
    this.#patienceMs = maxMs;
    // A stream may well be silent for an hour: here it is known what is waited for.
    response.setTimeout(0);
    response.on('error', () => undefined);
    response.once('close', () => this.#over.abort());
    response.writeHead(status, { ...strictHeaders, ...headers });
    response.flushHeaders();
  }

  /** Aborts when nothing more can be sent. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** Whether the socket has taken all of it; false when the reader is gone. The next piece may come after that. */
  send(...parts: readonly (string | Uint8Array)[]): Promise<boolean> {
    const { signal } = this;
    const last = parts.at(-1);
    if (signal.aborted || last === undefined) return Promise.resolve(!signal.aborted);
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#response.destroy(), this.#patienceMs);
      const finish = (isTaken: boolean) => {
        clearTimeout(timer);
        stopWatching();
        if (!isTaken) this.#over.abort();
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

  /** Breaks it off, so that the reader knows that something is missing. */
  destroy(): void {
    this.#response.destroy();
  }
}
