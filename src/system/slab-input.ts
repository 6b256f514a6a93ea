import { Buffer } from 'node:buffer';
import { Socket, type SocketConstructorOpts } from 'node:net';
import type { ByteInput, ByteListener } from './byte-input.ts';
import { listenForEnd } from './stream-end.ts';

/** A picture that is kept keeps the slab that it is in: a slab is a few pictures long. */
const slabBytes = 2 ** 19;
/** A pipe holds so many, unless it was told otherwise. */
const minRoomBytes = 2 ** 16;

/**
 * Reads a pipe or a socket into large buffers, the slabs, one behind the other.
 *
 * A stream of Node allocates 64 KiB for each read. Here chunks are views of a slab that follow one
 * another in memory, so that a picture in several of them needs no copy.
 */
export class SlabInput implements ByteInput {
  readonly #fd: number;
  #slab = Buffer.alloc(0);
  #filled = 0;
  #socket: Socket | undefined;

  /** @param fd of a pipe or of a socket that is a stream */
  constructor(fd: number) {
    this.#fd = fd;
  }

  /** @throws TypeError where it is neither */
  open({ chunk, ended }: ByteListener): void {
    const onread = {
      buffer: () => this.#findRoom(),
      callback: (bytes: number) => chunk(this.#take(bytes)),
    };
    // The types of Node know `onread` for sockets that connect alone.
    const options: SocketConstructorOpts & { onread: typeof onread } = { fd: this.#fd, writable: false, onread };
    const socket = new Socket(options);
    this.#socket = socket;
    listenForEnd(socket, ended);
    socket.resume();
  }

  resume(): void {
    this.#socket?.resume();
  }

  close(): void {
    this.#socket?.destroy();
  }

  /** Where the next bytes go. */
  #findRoom(): Uint8Array {
    if (this.#slab.length - this.#filled < minRoomBytes) {
      this.#slab = Buffer.allocUnsafeSlow(slabBytes);
      this.#filled = 0;
    }
    return this.#slab.subarray(this.#filled);
  }

  #take(bytes: number): Uint8Array {
    const from = this.#filled;
    this.#filled += bytes;
    return this.#slab.subarray(from, this.#filled);
  }
}
