import type { Acknowledgement } from '../../protocol/wire2/message.ts';
import { encodeMessage } from '../../protocol/wire2/message-encoder.ts';

/**
 * Holds acknowledgements back until all that has come is handled, and writes the newest, which stands for those before it: where frames
 * come faster than they are read, one for many.
 */
export class Acknowledger {
  readonly #write: (bytes: Uint8Array) => void;
  #newest: Acknowledgement | undefined;

  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write;
  }

  add(message: Acknowledgement): void {
    if (this.#newest === undefined) setImmediate(() => this.flush());
    this.#newest = message;
  }

  /** Writes what is held back now. */
  flush(): void {
    const message = this.#newest;
    this.#newest = undefined;
    if (message !== undefined) this.#write(encodeMessage(message));
  }
}
