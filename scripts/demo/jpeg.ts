import { insertStandardTables } from '../../src/protocol/jpeg/jpeg-tables.ts';

/** Red, green and blue of a pixel: 0xRRGGBB. */
export type Paint = (x: number, y: number) => number;

const side = 8;
const blockSize = side * side;

/** The order of a block's coefficients in the file. ITU-T T.81, figure A.6. */
const zigzag = listZigzag();
/** Steps of the coefficients, in that order: fine ones, as the pictures are drawn and have hard edges. */
const steps = zigzag.map((at) => 3 + 2 * (Math.floor(at / side) + (at % side)));

/** cosines[frequency][place], with the factors of the transform. ITU-T T.81, A.3.3. */
const cosines = Array.from({ length: side }, (_, frequency) =>
  Array.from(
    { length: side },
    (_, place) => (frequency === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * place + 1) * frequency * Math.PI) / 16),
  ),
);

interface Code {
  readonly bits: number;
  readonly length: number;
}

/** The Huffman codes of each value, by the class and the number of the table: 0x00, 0x01, 0x10, 0x11. */
const codes = readCodes(insertStandardTables(new Uint8Array(0), 0));

/**
 * A baseline JPEG without OpenCV: slow, and good enough for a few drawn pictures. No chroma is left out.
 * @param width pixels, as `height`
 */
export function encodeJpeg(width: number, height: number, paint: Paint): Uint8Array {
  const bits = new BitWriter();
  const before = [0, 0, 0];
  for (let top = 0; top < height; top += side) {
    for (let left = 0; left < width; left += side) {
      const planes = readBlock(paint, left, top, width, height);
      for (const [i, plane] of planes.entries()) {
        before[i] = writeBlock(bits, transform(plane), before[i] as number, i === 0 ? 0 : 1);
      }
    }
  }
  const head = listHead(width, height);
  const scan = [0xff, 0xda, 0, 12, 3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0];
  const jpeg = Uint8Array.from([...head, ...scan, ...bits.finish(), 0xff, 0xd9]);
  return insertStandardTables(jpeg, head.length);
}

function listHead(width: number, height: number): number[] {
  const size = [height >> 8, height & 255, width >> 8, width & 255];
  const jfif = [0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0];
  const frame = [0xff, 0xc0, 0, 17, 8, ...size, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0];
  return [0xff, 0xd8, ...jfif, 0xff, 0xdb, 0, 67, 0, ...steps, ...frame];
}

/** Luma and chroma of a block, each around 0; beyond the edges the last pixel goes on. JFIF 1.02. */
function readBlock(paint: Paint, left: number, top: number, width: number, height: number): number[][] {
  const planes: [number[], number[], number[]] = [[], [], []];
  for (let i = 0; i < blockSize; i++) {
    const color = paint(Math.min(left + (i % side), width - 1), Math.min(top + Math.floor(i / side), height - 1));
    const [red, green, blue] = [color >> 16, (color >> 8) & 255, color & 255];
    planes[0].push(0.299 * red + 0.587 * green + 0.114 * blue - 128);
    planes[1].push(-0.1687 * red - 0.3313 * green + 0.5 * blue);
    planes[2].push(0.5 * red - 0.4187 * green - 0.0813 * blue);
  }
  return planes;
}

/** The coefficients of a block, rounded to their steps, in the order of the file. */
function transform(block: readonly number[]): number[] {
  const rows = new Array<number>(blockSize).fill(0);
  for (let i = 0; i < blockSize; i++) {
    const [row, cosine] = [i - (i % side), cosines[i % side] as number[]];
    for (let x = 0; x < side; x++) rows[i] = (rows[i] as number) + (block[row + x] as number) * (cosine[x] as number);
  }
  return zigzag.map((at, i) => {
    const [column, cosine] = [at % side, cosines[Math.floor(at / side)] as number[]];
    let sum = 0;
    for (let y = 0; y < side; y++) sum += (rows[y * side + column] as number) * (cosine[y] as number);
    return Math.round(sum / (steps[i] as number));
  });
}

/** Writes a block, and gives its first coefficient. ITU-T T.81, F.1.2. */
function writeBlock(bits: BitWriter, block: readonly number[], before: number, table: 0 | 1): number {
  const [dc = new Map(), ac = new Map()] = [codes.get(table), codes.get(0x10 + table)];
  const first = block[0] as number;
  bits.writeNumber(dc, 0, first - before);
  let zeros = 0;
  for (const value of block.slice(1, block.findLastIndex((one) => one !== 0) + 1)) {
    if (value === 0) zeros++;
    else {
      for (; zeros > 15; zeros -= 16) bits.write(ac.get(0xf0));
      bits.writeNumber(ac, zeros << 4, value);
      zeros = 0;
    }
  }
  if (block.at(-1) === 0) bits.write(ac.get(0));
  return first;
}

class BitWriter {
  readonly #bytes: number[] = [];
  #pending = 0;
  #length = 0;

  write(code: Code | undefined): void {
    if (code === undefined) throw new Error('Cannot encode a JPEG as a value has no Huffman code');
    for (let i = code.length - 1; i >= 0; i--) {
      this.#pending = (this.#pending << 1) | ((code.bits >> i) & 1);
      if (++this.#length === 8) this.#flush();
    }
  }

  /** The code of the number's size, and then its bits. @param high what stands before the size in the code's value */
  writeNumber(table: ReadonlyMap<number, Code>, high: number, value: number): void {
    const length = 32 - Math.clz32(Math.abs(value));
    this.write(table.get(high | length));
    if (length > 0) this.write({ bits: value < 0 ? value + 2 ** length - 1 : value, length });
  }

  finish(): readonly number[] {
    while (this.#length > 0) this.write({ bits: 1, length: 1 });
    return this.#bytes;
  }

  #flush(): void {
    this.#bytes.push(this.#pending);
    if (this.#pending === 0xff) this.#bytes.push(0);
    [this.#pending, this.#length] = [0, 0];
  }
}

function listZigzag(): number[] {
  const cells = Array.from({ length: blockSize }, (_, at) => {
    const [x, y] = [at % side, Math.floor(at / side)];
    return { at, line: x + y, place: (x + y) % 2 === 0 ? x : y };
  });
  return cells.sort((a, b) => a.line - b.line || a.place - b.place).map(({ at }) => at);
}

/** Reads a DHT segment: ITU-T T.81, B.2.4.2 and C.2. */
function readCodes(segment: Uint8Array): ReadonlyMap<number, ReadonlyMap<number, Code>> {
  const tables = new Map<number, Map<number, Code>>();
  for (let at = 4; at < segment.length; ) {
    const table = new Map<number, Code>();
    tables.set(segment[at] as number, table);
    const counts = segment.subarray(at + 1, at + 17);
    at += 17;
    let bits = 0;
    for (const [i, count] of counts.entries()) {
      for (let n = 0; n < count; n++) table.set(segment[at++] as number, { bits: bits++, length: i + 1 });
      bits <<= 1;
    }
  }
  return tables;
}
