import type { FileReader, FramePosition } from '../../src/matroska/matroska-reader.ts';
import { readHead, readPositions } from '../../src/matroska/matroska-reader.ts';
import { MatroskaWriter } from '../../src/matroska/matroska-writer.ts';
import { fakeJpeg } from '../support/jpeg.ts';

export const start = { startUs: 1_769_860_800_123_457, width: 64, height: 48, title: 'garden <b>&ü' };

/** A file with a picture at each of these times after the first one; whole, or as it is while it is being written. */
export function makeMatroska(timesUs: readonly number[], isWhole = true, bytes = (i: number) => 60 + i) {
  const matroska = new MatroskaWriter(start);
  const parts: Uint8Array[] = [matroska.head];
  const jpegs = timesUs.map((_, i) => fakeJpeg(64, 48, bytes(i)));
  let head = matroska.head;
  /** Where each picture ends. */
  const ends: number[] = [];
  for (const [i, atUs] of timesUs.entries()) {
    const jpeg = jpegs[i] as Uint8Array;
    parts.push(matroska.encodeFrameHead(atUs, jpeg.length), jpeg);
    matroska.add(atUs, jpeg.length);
    head = matroska.encodeHeadUpdate() ?? head;
    ends.push(matroska.bytes);
  }
  const end = isWhole ? matroska.encodeEnd() : { tail: new Uint8Array(), head };
  const file = join([...parts, end.tail]);
  file.set(end.head);
  return { bytes: file, jpegs, ends };
}

export function join(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** Reads from memory, and counts. */
export class MemoryFileReader implements FileReader {
  readonly #content: Uint8Array;
  readonly bytes: number;
  reads = 0;
  longest = 0;

  constructor(content: Uint8Array, bytes = content.length) {
    this.#content = content;
    this.bytes = bytes;
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    this.reads++;
    this.longest = Math.max(this.longest, length);
    return this.#content.subarray(position, position + length);
  }
}

export async function listPositions(reader: FileReader): Promise<FramePosition[]> {
  const head = await readHead(reader);
  const positions: FramePosition[] = [];
  if (head === undefined) return positions;
  for await (const position of readPositions(reader, head)) positions.push(position);
  return positions;
}

/** How many frames ffmpeg 5.1 drops that writes a frame each `frameUs` (fftools/ffmpeg.c, do_video_out). */
export function countDropped(timesUs: readonly number[], frameUs: number, isConstant: boolean): number {
  let [next, leftOut] = [0, 0];
  for (const atUs of timesUs) {
    const early = next - atUs / frameUs;
    if (early - 1 >= (isConstant ? 1.1 : 0.6)) leftOut++;
    else if (isConstant) next += early < -0.1 ? Math.round(1 - early) : 1;
    else next = (early < 0.4 ? Math.max(next, Math.round(atUs / frameUs)) : next) + 1;
  }
  return leftOut;
}
