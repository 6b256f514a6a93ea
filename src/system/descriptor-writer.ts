import { constants, fstatSync, openSync, writev } from 'node:fs';
import { Socket } from 'node:net';
import { countBytes } from '../protocol/byte-pieces.ts';
import { onAbort, pause } from './abort.ts';
import { isDeno } from './runtime.ts';

/** How long a reader may take for the rest after the stop of the program. */
const graceMs = 2000;
/** The pause between two tries on a full terminal. */
const retryMs = 10;

/**
 * Writes to a file descriptor, one piece after another, and never blocks the program.
 *
 * `process.stdout` blocks the whole program at a pipe that nobody reads, and a plain write holds a
 * thread, also at the end. So this writes to pipes and sockets when they have room, and to files
 * and terminals in a thread.
 */
export class DescriptorWriter {
  readonly #descriptor: number;
  readonly #socket: Socket | undefined;
  readonly #expired = new AbortController();
  /** The rest of a piece that was written in part, as the disk is full: never for a pipe. */
  #rest: readonly Uint8Array[] = [];

  /** @param stop after its abort, the writer waits at most two seconds for the reader */
  constructor(descriptor: number, stop: AbortSignal) {
    this.#descriptor = descriptor;
    this.#socket = openSocket(descriptor);
    // Each write reports its own error.
    this.#socket?.on('error', () => undefined);
    onAbort(stop, () => setTimeout(() => this.#expire(), graceMs).unref());
  }

  /** Whether the program has stopped, and the reader has not read the rest in time. */
  get isExpired(): boolean {
    return this.#expired.signal.aborted;
  }

  /** Whether the last piece was written in part: it has to be finished before the next. */
  get isTorn(): boolean {
    return this.#rest.length > 0;
  }

  /**
   * Writes one piece, given in parts, in one write where the system can. To be called again when
   * the promise has settled.
   * @throws the system's error; code EAGAIN when the reader has not read all of it two seconds
   * after the stop
   */
  async write(parts: readonly Uint8Array[]): Promise<void> {
    if (this.isExpired) throw notRead();
    if (this.#socket !== undefined) return await this.#send(this.#socket, parts);
    this.#rest = parts.filter(({ length }) => length > 0);
    const bytes = countBytes(this.#rest);
    try {
      await this.finish();
    } catch (error) {
      if (countBytes(this.#rest) === bytes) this.#rest = [];
      throw error;
    }
  }

  /** Writes the rest of a torn piece. @throws the system's error */
  async finish(): Promise<void> {
    while (this.isTorn) {
      try {
        this.#rest = skipBytes(this.#rest, await writeOnce(this.#descriptor, this.#rest));
      } catch (error) {
        // Another program has made the terminal non-blocking.
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || this.isExpired) throw error;
        await pause(retryMs, this.#expired.signal);
      }
    }
  }

  async #send(socket: Socket, parts: readonly Uint8Array[]): Promise<void> {
    try {
      await new Promise<void>((resolve, reject) => {
        socket.cork();
        for (const part of parts.slice(0, -1)) socket.write(part);
        socket.write(parts.at(-1) ?? '', (error) => (error ? reject(error) : resolve()));
        socket.uncork();
      });
    } catch (error) {
      throw this.isExpired ? notRead() : error;
    }
  }

  #expire(): void {
    this.#expired.abort();
    this.#socket?.destroy();
  }
}

function openSocket(descriptor: number): Socket | undefined {
  const kind = fstatSync(descriptor);
  if (!kind.isFIFO() && !kind.isSocket()) return undefined;
  return new Socket({ fd: kind.isFIFO() ? openAnew(descriptor) : descriptor, readable: false, writable: true });
}

/** Opens the pipe a second time, as non-blocking: other programs share the first opening. */
function openAnew(descriptor: number): number {
  // Deno has no descriptor that the system knows.
  if (isDeno()) return descriptor;
  try {
    return openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    // The pipe belongs to another user, or its reader is gone, which the first write shows.
    return descriptor;
  }
}

function writeOnce(descriptor: number, parts: readonly Uint8Array[]): Promise<number> {
  return new Promise((resolve, reject) => {
    writev(descriptor, parts, null, (error, written) => {
      if (error === null) resolve(written);
      else reject(error);
    });
  });
}

/** The parts without their first bytes. */
function skipBytes(parts: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let left = bytes;
  return parts.flatMap((part) => {
    const rest = part.subarray(left);
    left = Math.max(0, left - part.length);
    return rest.length > 0 ? [rest] : [];
  });
}

function notRead(): NodeJS.ErrnoException {
  return Object.assign(new Error('its reader does not read'), { code: 'EAGAIN' });
}
