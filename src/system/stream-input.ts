import type { Readable } from 'node:stream';
import type { ByteInput, ByteListener } from './byte-input.ts';

/** The bytes of a stream of Node, in the chunks that it makes. */
export class StreamInput implements ByteInput {
  readonly #stream: Readable;

  constructor(stream: Readable) {
    this.#stream = stream;
  }

  open({ chunk, ended }: ByteListener): void {
    const stream = this.#stream;
    let isOver = false;
    const end = (error?: Error) => {
      if (!isOver) ended(error);
      isOver = true;
    };
    stream.on('data', (bytes: Uint8Array) => {
      if (!chunk(bytes)) stream.pause();
    });
    stream.once('end', end);
    stream.once('error', end);
    // A stream that is destroyed closes without an end.
    stream.once('close', () => end());
    if (stream.closed) end();
  }

  resume(): void {
    this.#stream.resume();
  }

  close(): void {
    this.#stream.destroy();
  }
}
