import { type BlockPool, blockBytes, sharedBlocks } from './block-pool.ts';
import { countBytes, joinBytes } from './byte-pieces.ts';

/** A view takes about as much memory. */
const minKeptBytes = 256;

/** Bytes that came in pieces, in their order, and the blocks that hold them. */
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

  /** The bytes from `from` to `to`, piece by piece, and where each piece begins. */
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

  /** A copy of the bytes from `from` to `to`, in one. */
  slice(from: number, to: number): Uint8Array {
    return joinBytes([...this.between(from, to)].map(([, piece]) => piece));
  }

  /** Gives the blocks back. Nobody may read the bytes afterwards. */
  free(): void {
    this.#pool.giveBack(this.#blocks);
  }
}

/**
 * Holds bytes that come in pieces until they are wanted.
 *
 * Blocks of one size hold them, so that no bytes are copied to make room for more, and no large
 * buffer remains when they are dropped: the work and the memory are in proportion to the bytes that
 * have come.
 */
export class ByteBlocks {
  readonly #pool: BlockPool;
  #pieces: Uint8Array[] = [];
  /** The blocks that only this object reads, and how much of the last block is written. */
  #blocks: Uint8Array[] = [];
  #filled = 0;
  /**
   * Where the last piece begins in that block, if it is of that block: bytes that come one by one
   * are one piece.
   */
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

  /**
   * Adds bytes without a copy, or a copy of a few; nobody may write to them afterwards. Bytes that
   * lie behind the last ones, as they are read into one buffer, are one piece with them.
   */
  keep(bytes: Uint8Array): void {
    const last = this.#tailAt === undefined ? this.#pieces.at(-1) : undefined;
    const both = last && viewBoth(last, bytes);
    if (both === undefined && bytes.length < minKeptBytes) {
      this.copy(bytes);
      return;
    }
    this.#length += bytes.length;
    if (both !== undefined) this.#pieces.pop();
    this.#pieces.push(both ?? bytes);
    this.#tailAt = undefined;
  }

  /** Copies the bytes that were kept without a copy: their buffers can be freed then. */
  own(): void {
    const kept = this.detach();
    for (const [, piece] of kept.between(0, kept.length)) this.copy(piece);
    kept.free();
  }

  /**
   * All bytes, and `rest` behind them, without a copy. Undefined, and nothing else, where they do not
   * lie in that order in one buffer that was kept. Nothing is held afterwards.
   */
  view(rest: Uint8Array): Uint8Array | undefined {
    const [first] = this.#pieces;
    if (first === undefined || this.#pieces.length > 1 || this.#blocks.length > 0) return undefined;
    const whole = viewBoth(first, rest);
    if (whole !== undefined) this.clear();
    return whole;
  }

  /** All bytes, and `rest` behind them, in a buffer of their own. Nothing is held afterwards. */
  join(rest: Uint8Array): Uint8Array {
    const whole = joinBytes([...this.#pieces, rest]);
    this.clear();
    return whole;
  }

  /** All bytes, as the blocks hold them. Nothing is held afterwards. */
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

/** Both as one, where `second` begins behind `first` in the same buffer. */
function viewBoth(first: Uint8Array, second: Uint8Array): Uint8Array | undefined {
  const isNext = first.buffer === second.buffer && first.byteOffset + first.length === second.byteOffset;
  return isNext ? new Uint8Array(first.buffer, first.byteOffset, first.length + second.length) : undefined;
}
