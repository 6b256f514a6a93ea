import { type BlockPool, blockBytes, sharedBlocks } from './block-pool.ts';
import { countBytes, joinBytes } from './byte-pieces.ts';

/** Bytes that came in pieces, in their order, and the blocks in which they stand. */
export class ByteChunks {
  readonly #pieces: readonly Uint8Array[];
  readonly #blocks: readonly Uint8Array[];
  readonly #pool: BlockPool;
  readonly length: number;

  constructor(pieces: readonly Uint8Array[], blocks: readonly Uint8Array[], pool: BlockPool) {
    this.#pieces = pieces;
    this.#blocks = blocks;
    this.#pool = pool;
    this.length = countBytes(pieces);
  }

  /** What lies from `from` to `to`, piece by piece, and where each piece begins. */
  *between(from: number, to: number): Generator<readonly [at: number, piece: Uint8Array], void, undefined> {
    let at = 0;
    for (const piece of this.#pieces) {
      const end = at + piece.length;
      const [first, last] = [Math.max(from, at), Math.min(to, end)];
      if (first < last) yield [first, piece.subarray(first - at, last - at)];
      at = end;
      if (at >= to) return;
    }
  }

  /** A copy of what lies from `from` to `to`, in one. */
  slice(from: number, to: number): Uint8Array {
    return joinBytes([...this.between(from, to)].map(([, piece]) => piece));
  }

  /** Gives the blocks back. Nothing may look at any of it any more. */
  free(): void {
    this.#pool.giveBack(this.#blocks);
  }
}

/**
 * Holds bytes that come in pieces until they are wanted.
 *
 * They stand in blocks of one size, so that nothing is copied to make room for more, and no large buffer is left behind when they are
 * dropped: the work and the memory follow what has come.
 */
export class ByteBlocks {
  readonly #pool: BlockPool;
  #pieces: Uint8Array[] = [];
  /** The blocks that only this object looks at, and how much of the last one is written. */
  #blocks: Uint8Array[] = [];
  #filled = 0;
  /** Where the last piece begins in that block, if it is of it: bytes that come one by one are one piece. */
  #tailAt: number | undefined;
  #length = 0;

  constructor(pool = sharedBlocks) {
    this.#pool = pool;
  }

  /** Bytes that are held. */
  get length(): number {
    return this.#length;
  }

  /** Adds a copy. */
  copy(bytes: Uint8Array): void {
    this.#length += bytes.length;
    for (let at = 0; at < bytes.length; ) {
      const block = this.#findRoom();
      const taken = Math.min(blockBytes - this.#filled, bytes.length - at);
      block.set(bytes.subarray(at, at + taken), this.#filled);
      if (this.#tailAt !== undefined) this.#pieces.pop();
      this.#tailAt ??= this.#filled;
      this.#filled += taken;
      this.#pieces.push(block.subarray(this.#tailAt, this.#filled));
      at += taken;
    }
  }

  /** Adds bytes that nobody writes to, as they are. */
  keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#length += bytes.length;
    this.#pieces.push(bytes);
    this.#tailAt = undefined;
  }

  /** Copies what was kept as it is, so that nothing else has to be kept for its sake. */
  own(): void {
    const kept = this.detach();
    for (const [, piece] of kept.between(0, kept.length)) this.copy(piece);
    kept.free();
  }

  /** All of it and `rest` behind it, in one of its own. Nothing is held afterwards. */
  join(rest: Uint8Array): Uint8Array {
    const whole = joinBytes([...this.#pieces, rest]);
    this.clear();
    return whole;
  }

  /** All of it, as it stands in the blocks. Nothing is held afterwards. */
  detach(): ByteChunks {
    const pieces = new ByteChunks(this.#pieces, this.#blocks, this.#pool);
    this.#blocks = [];
    this.clear();
    return pieces;
  }

  clear(): void {
    this.#pool.giveBack(this.#blocks);
    this.#pieces = [];
    this.#length = 0;
    this.#blocks = [];
    this.#filled = 0;
    this.#tailAt = undefined;
  }

  /** The block for the next byte. */
  #findRoom(): Uint8Array {
    const last = this.#blocks.at(-1);
    if (last !== undefined && this.#filled < blockBytes) return last;
    const block = this.#pool.take();
    this.#blocks.push(block);
    this.#filled = 0;
    this.#tailAt = undefined;
    return block;
  }
}
