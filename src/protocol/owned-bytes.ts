/**
 * The same bytes, in memory of their own where they are less than a share of the buffer that they
 * are a view of: a picture that is kept would keep the whole buffer, and limits count the picture
 * alone.
 */
export function ownBytes(bytes: Uint8Array, minShare = 1 / 2): Uint8Array {
  // `slice` of a Buffer would give a view again.
  return bytes.length < bytes.buffer.byteLength * minShare ? new Uint8Array(bytes) : bytes;
}
