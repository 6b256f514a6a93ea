import type { Socket } from 'node:net';

/** What is thrown away of one connection: more than kernels hold of what was sent before the last words could be read. */
const maxBytes = 16 * 2 ** 20;
/** Of all together, and what is added each second to what is left of that: to read it all would be what a flood wants. */
const maxOfAllBytes = 64 * 2 ** 20;
const bytesPerSecond = 16 * 2 ** 20;

/** Ends connections behind the last words. One that is closed with bytes unread is reset, and loses these: what still comes is thrown away first. */
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

  /** The program ends: no flood lasts longer, and what is acknowledged now is not to come again later. */
  liftLimits(): void {
    this.#hasLimits = false;
  }

  /** It is gone when the other end has closed it, after so many milliseconds, or when too much comes. */
  close(socket: Socket, words: Uint8Array | undefined, graceMs: number): void {
    let bytes = 0;
    socket.on('data', (chunk: Uint8Array) => {
      bytes += chunk.length;
      if (this.#hasLimits && (bytes > maxBytes || !this.#mayRead(chunk.length))) socket.destroy();
    });
    if (words !== undefined) socket.write(words);
    socket.end();
    socket.resume();
    const timer = setTimeout(() => socket.destroy(), graceMs);
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
