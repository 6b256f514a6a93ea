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

/**
 * A JPEG with all its parts and `dataBytes` of picture data, none of which means anything.
 * @param width pixels
 * @param height pixels
 */
export function tinyJpeg(width: number, height: number, dataBytes = 100, { hasTables = true } = {}): Uint8Array {
  const size = [height >> 8, height & 255, width >> 8, width & 255];
  const tables = hasTables ? [0xff, 0xc4, 0, 5, 0, 1, 2] : [];
  const head = [
    0xff,
    0xd8,
    0xff,
    0xc0,
    0,
    11,
    8,
    ...size,
    1,
    1,
    0x11,
    0,
    ...tables,
    0xff,
    0xda,
    0,
    8,
    1,
    1,
    0,
    0,
    63,
    0,
  ];
  const data = Array.from({ length: dataBytes }, (_, i) => (i * 31 + width + height) & 0x7f);
  // As encoders write them: an FF of the data, and a restart marker.
  const marked = [...data, 0xff, 0x00, 0xff, 0xd3, 0x55];
  return Uint8Array.from([...head, ...marked, 0xff, 0xd9]);
}
