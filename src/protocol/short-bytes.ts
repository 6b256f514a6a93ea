/** Room for some hundred heads of frames. */
const blockBytes = 4096;
/** Longer ones get a buffer of their own. */
const maxShortBytes = 256;

let block = new Uint8Array();
let filled = 0;

/**
 * Zeros for a short message, which nobody else gets: a part of a block, as a buffer for each message
 * would cost more than the message.
 */
export function takeShortBytes(length: number): Uint8Array {
  if (length > maxShortBytes) return new Uint8Array(length);
  if (filled + length > block.length) {
    block = new Uint8Array(blockBytes);
    filled = 0;
  }
  const from = filled;
  filled += length;
  return block.subarray(from, filled);
}
