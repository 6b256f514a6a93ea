/**
 * The same bytes, in memory of their own where they are the smaller part of what they are a view of: who keeps a picture would keep all of
 * that, and limits count the picture alone. What is most of its memory is not copied.
 */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  // `slice` of a Buffer would be a view again.
  return bytes.length * 2 < bytes.buffer.byteLength ? new Uint8Array(bytes) : bytes;
}
