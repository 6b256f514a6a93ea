export const blockBytes = 64 * 1024;
/** 8 MB. */
const maxSpare = 128;

/** Keeps empty blocks for the next one who needs some: new memory has to be cleared, and old memory to be collected. */
export class BlockPool {
  readonly #spare: Uint8Array[] = [];

  /** A block with anything in it. */
  take(): Uint8Array {
    return this.#spare.pop() ?? new Uint8Array(blockBytes);
  }

  /** Takes blocks back that nobody looks at any more; as many as it keeps. */
  giveBack(blocks: readonly Uint8Array[]): void {
    this.#spare.push(...blocks.slice(0, maxSpare - this.#spare.length));
  }
}

/** The pool of this process: what one connection gives back another one takes. */
export const sharedBlocks = new BlockPool();
