/**
 * The same bytes, in memory of their own where they are less than half of the buffer that they are
 * a view of: a picture that is kept would keep the whole buffer, and limits count the picture
 * alone.
 */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  // `slice` of a Buffer would give a view again.
  return bytes.length * 2 < bytes.buffer.byteLength ? new Uint8Array(bytes) : bytes;
}
