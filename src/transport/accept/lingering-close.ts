import type { Socket } from 'node:net';

/** Bytes of one connection that are read and thrown away: more than kernels hold of what was sent before the last reply could be read. */
const maxBytes = 16 * 2 ** 20;
/** Bytes of all connections together, and how many are added each second to what is left: a flood must not have all of it read. */
const maxOfAllBytes = 64 * 2 ** 20;
const bytesPerSecond = 16 * 2 ** 20;

/**
 * Ends connections behind a last reply. A connection that is closed with bytes unread is reset, and the reply is lost: bytes that still
 * come are read and thrown away first.
 */
export class LingeringClose {
  readonly #readClockMs: () => number;
  #leftBytes = maxOfAllBytes;
  #countedMs: number;
  #hasLimits = true;

  /** @param readClockMs a steady clock */
  constructor(readClockMs = () => performance.now()) {
    this.#readClockMs = readClockMs;
    this.#countedMs = readClockMs();
  }

  /** The program ends: no flood lasts longer, and senders have to read the acknowledgements of this moment. */
  liftLimits(): void {
    this.#hasLimits = false;
  }

  /** The socket is destroyed when the other end has closed it, after so many milliseconds, or when too much comes. */
  close(socket: Socket, reply: Uint8Array | undefined, graceMs: number): void {
    this.#readOn(socket, reply, graceMs, () => socket.destroy());
    socket.end();
  }

  /**
   * The same, by a reset: an end in order would tell a classic sender that all was read. The reset comes when the other end has sent all,
   * after so many milliseconds, or when too much comes.
   */
  reset(socket: Socket, reply: Uint8Array, graceMs: number): void {
    const reset = () => void socket.resetAndDestroy();
    socket.on('error', () => undefined);
    socket.once('end', reset);
    this.#readOn(socket, reply, graceMs, reset);
  }

  #readOn(socket: Socket, reply: Uint8Array | undefined, graceMs: number, end: () => void): void {
    let bytes = 0;
    socket.on('data', (chunk: Uint8Array) => {
      bytes += chunk.length;
      if (this.#hasLimits && (bytes > maxBytes || !this.#mayRead(chunk.length))) end();
    });
    if (reply !== undefined) socket.write(reply);
    socket.resume();
    const timer = setTimeout(end, graceMs);
    socket.once('close', () => clearTimeout(timer));
  }

  #mayRead(bytes: number): boolean {
    const nowMs = this.#readClockMs();
    const newBytes = ((nowMs - this.#countedMs) / 1000) * bytesPerSecond;
    this.#countedMs = nowMs;
    this.#leftBytes = Math.max(0, Math.min(maxOfAllBytes, this.#leftBytes + newBytes) - bytes);
    return this.#leftBytes > 0;
  }
}
