/** Red, green, blue: 0 to 255. */
export type Color = readonly [red: number, green: number, blue: number];

/** A picture in memory, as a screenshot is one. */
export class Screen {
  readonly width: number;
  readonly height: number;
  readonly #pixels: Uint8Array;

  /** @param ppm a portable pixmap: "P6", width, height, 255, one blank, then three bytes for each pixel */
  constructor(ppm: Uint8Array) {
    const header = Buffer.from(ppm.subarray(0, 100)).toString('latin1');
    const match = /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(header);
    if (match === null) throw new Error(`Cannot read a screenshot as it must be a P6 pixmap: it begins with ${header}`);
    this.width = Number(match[1]);
    this.height = Number(match[2]);
    this.#pixels = ppm.subarray(match[0].length);
  }

  pixel(x: number, y: number): Color {
    const at = (Math.floor(y) * this.width + Math.floor(x)) * 3;
    const [red, green, blue] = this.#pixels.subarray(at, at + 3);
    if (red === undefined || green === undefined || blue === undefined) throw new Error(`No pixel at ${x},${y}`);
    return [red, green, blue];
  }

  /** A copy of the pixels of a rectangle, for comparing. */
  region(left: number, top: number, width: number, height: number): Buffer {
    const rows = Array.from({ length: height }, (_, y) => {
      const at = ((top + y) * this.width + left) * 3;
      return this.#pixels.subarray(at, at + width * 3);
    });
    return Buffer.concat(rows);
  }
}
