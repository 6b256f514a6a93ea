import type { Readable } from 'node:stream';
import type { ByteInput, ByteListener } from './byte-input.ts';
import { listenForEnd } from './stream-end.ts';

/** The bytes of a stream of Node, in the chunks that it makes. */
export class StreamInput implements ByteInput {
  readonly #stream: Readable;

  constructor(stream: Readable) {
    this.#stream = stream;
  }

  open({ chunk, ended }: ByteListener): void {
    const stream = this.#stream;
    stream.on('data', (bytes: Uint8Array) => {
      if (!chunk(bytes)) stream.pause();
    });
    listenForEnd(stream, ended);
  }

  resume(): void {
    this.#stream.resume();
  }

  close(): void {
    this.#stream.destroy();
  }
}
