export const blockBytes = 64 * 1024;
/** The most blocks that are kept: 8 MB. */
const maxSpare = 128;

/**
 * Keeps blocks for the next connection that needs some: new memory has to be cleared, and old
 * memory to be collected.
 */
export class BlockPool {
  readonly #spare: Uint8Array[] = [];

  /** Gives a block, which may hold old bytes. */
  take(): Uint8Array {
    return this.#spare.pop() ?? new Uint8Array(blockBytes);
  }

  /** Takes blocks back that nobody reads any more, and keeps some of them. */
  giveBack(blocks: readonly Uint8Array[]): void {
    this.#spare.push(...blocks.slice(0, maxSpare - this.#spare.length));
  }
}

/** The pool of this process: one connection takes the blocks that another gives back. */
export const sharedBlocks = new BlockPool();
