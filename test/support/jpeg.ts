/**
 * The smallest thing that reads as a JPEG: SOI, a frame header of that size, filler, EOI. OpenCV cannot decode it.
 * @param width pixels
 * @param height pixels
 * @param bytes length of the whole, 23 or more
 */
export function fakeJpeg(width: number, height: number, bytes = 200): Uint8Array {
  const head = [0xff, 0xd8, 0xff, 0xc0, 0, 17, 8, height >> 8, height & 255, width >> 8, width & 255, 3];
  const jpeg = new Uint8Array(bytes).map((_, i) => (i * 31 + width + height) & 0x7f);
  jpeg.set(head);
  jpeg.set([0xff, 0xd9], bytes - 2);
  return jpeg;
}
