import { unlink } from 'node:fs/promises';
import type { ReceivedFrame } from '../../frames/received-frame.ts';
import { MatroskaWriter } from '../../matroska/matroska-writer.ts';
import type { DiskSync } from '../disk/disk-sync.ts';
import type { Segment, SegmentFormat, SegmentStart } from './segment.ts';
import { SegmentFile } from './segment-file.ts';

/**
 * A Matroska file of the JPEGs as they came. It can be played from its first picture on, also where
 * it is not completed.
 */
class MatroskaSegment implements Segment {
  readonly #file: SegmentFile;
  readonly #matroska: MatroskaWriter;

  constructor(file: SegmentFile, matroska: MatroskaWriter) {
    this.#file = file;
    this.#matroska = matroska;
  }

  get bytes(): number {
    return this.#file.bytes;
  }

  async add({ jpeg }: ReceivedFrame, atUs: number): Promise<boolean> {
    await this.#file.append(this.#matroska.encodeFrameHead(atUs, jpeg.length), jpeg);
    this.#matroska.add(atUs, jpeg.length);
    const head = this.#matroska.encodeHeadUpdate();
    // Where this fails, the frame is recorded all the same, and the next update is tried again.
    if (head !== undefined) await this.#file.replace(head, 0).catch(() => undefined);
    return true;
  }

  sync(): Promise<void> {
    return this.#file.sync();
  }

  async finish(): Promise<void> {
    const { tail, head } = this.#matroska.encodeEnd();
    try {
      await this.#file.append(tail);
      await this.#file.replace(head, 0);
    } finally {
      await this.#file.close();
    }
  }
}

export const matroskaFormat: SegmentFormat = {
  kind: 'mkv',
  measure: ({ jpeg }) => MatroskaWriter.measure(jpeg.length),
  open: async (path: string, start: SegmentStart, sync: DiskSync) => {
    const file = await SegmentFile.create(path, sync);
    const matroska = new MatroskaWriter(start);
    try {
      await file.append(matroska.head);
    } catch (error) {
      await file.close().catch(() => undefined);
      await unlink(path).catch(() => undefined);
      throw error;
    }
    return new MatroskaSegment(file, matroska);
  },
};
