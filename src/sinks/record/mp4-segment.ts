import { open, stat, unlink } from 'node:fs/promises';
import { CodedError } from '../../errors.ts';
import type { ReceivedFrame } from '../../frames/received-frame.ts';
import type { Addon } from '../../opencv/addon.ts';
import { decodeJpeg } from '../../opencv/jpeg.ts';
import { VideoOutput } from '../../opencv/video-output.ts';
import { DiskFileReader } from './disk-file-reader.ts';
import type { Segment, SegmentFormat, SegmentStart } from './segment.ts';

/** The Python server recorded 600 pictures in a file, as 20 a second, whatever their rate was. */
const fps = 20;
export const mp4Frames = 600;

class Mp4Segment implements Segment {
  readonly #cv: Addon;
  readonly #path: string;
  readonly #output: VideoOutput;
  bytes = 0;

  constructor(cv: Addon, path: string, output: VideoOutput) {
    this.#cv = cv;
    this.#path = path;
    this.#output = output;
  }

  async add({ jpeg }: ReceivedFrame): Promise<boolean> {
    let mat: Awaited<ReturnType<typeof decodeJpeg>> | undefined;
    try {
      mat = await decodeJpeg(this.#cv, jpeg);
      await this.#output.write(mat);
    } catch (error) {
      // A picture like this fails at each try: the recording would never go on.
      if (error instanceof CodedError && error.code === 'OPENCV_FAILED') return false;
      throw error;
    } finally {
      mat?.release();
    }
    this.bytes = (await stat(this.#path).catch(() => undefined))?.size ?? this.bytes;
    return true;
  }

  async finish(): Promise<void> {
    await this.#output.release();
    this.bytes = (await stat(this.#path).catch(() => undefined))?.size ?? 0;
    await using pieces = await DiskFileReader.open(this.#path);
    if (await hasIndex(pieces)) return;
    throw new CodedError('OUTPUT_FAILED', `Cannot complete ${this.#path}: OpenCV could not write all of it`);
  }
}

/**
 * Whether the file has its index, which players need: OpenCV does not report a full disk. ISO/IEC
 * 14496-12, 4.2.
 */
async function hasIndex(pieces: DiskFileReader): Promise<boolean> {
  const maxParts = 16;
  let position = 0;
  for (let part = 0; part < maxParts; part++) {
    const head = await pieces.read(position, 16);
    if (head.length < 16) return false;
    const view = new DataView(head.buffer, head.byteOffset, 16);
    const short = view.getUint32(0);
    const size = short === 1 ? Number(view.getBigUint64(8)) : short;
    if (size < 8 || position + size > pieces.bytes) return false;
    if (view.getUint32(4) === 0x6d6f6f76) return true;
    position += size;
  }
  return false;
}

/** Decodes the pictures and encodes them as a video of constant rate. */
export class Mp4Format implements SegmentFormat {
  readonly kind = 'mp4';
  readonly #cv: Addon;

  constructor(cv: Addon) {
    this.#cv = cv;
  }

  measure({ jpeg }: ReceivedFrame): number {
    return jpeg.length;
  }

  async open(path: string, { width, height }: SegmentStart): Promise<Segment> {
    // OpenCV would overwrite a file that is there.
    await (await open(path, 'wx')).close();
    try {
      return new Mp4Segment(this.#cv, path, VideoOutput.open(this.#cv, path, width, height, fps));
    } catch (error) {
      await unlink(path).catch(() => undefined);
      throw error;
    }
  }
}
