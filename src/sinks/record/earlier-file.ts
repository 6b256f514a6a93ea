import { Buffer } from 'node:buffer';
import { dirname } from 'node:path';
import type { ReceivedFrame } from '../../frames/received-frame.ts';
import {
  type FramePosition,
  findPosition,
  type MatroskaHead,
  readHead,
  readPositions,
} from '../../matroska/matroska-reader.ts';
import { Semaphore } from '../../system/semaphore.ts';
import type { DiskSync } from '../disk/disk-sync.ts';
import { timeOf } from './active-recording.ts';
import { DiskFileReader } from './disk-file-reader.ts';

/** The duration in the head of a file that was being written may be a second too short. */
const headLateUs = 3_000_000;
/** Frames of other senders that are going to be looked for may be older by so much. */
const marginUs = 1_000_000;
/** Positions of one file that are in memory at once. */
const maxFrames = 4096;

/** A part of the frames of a file, in the order of their times. */
interface Window {
  /** All frames from that time on are in it, up to the last one. */
  readonly fromUs: number;
  readonly frames: readonly FramePosition[];
  /** Whether no frame of the file comes behind it. */
  readonly isLast: boolean;
}

/** A recording that was there before. It keeps the positions of a part of its frames. */
export class EarlierFile {
  readonly path: string;
  readonly #head: MatroskaHead;
  readonly #sync: DiskSync;
  readonly #loads = new Semaphore(1);
  #window: Window | undefined;
  #isSynced = false;

  private constructor(path: string, head: MatroskaHead, sync: DiskSync) {
    this.path = path;
    this.#head = head;
    this.#sync = sync;
  }

  /** Undefined where there is no picture in it. @throws the system's error */
  static async open(path: string, sync: DiskSync): Promise<EarlierFile | undefined> {
    await using reader = await DiskFileReader.open(path);
    const head = await readHead(reader);
    return head && new EarlierFile(path, head, sync);
  }

  get startUs(): number {
    return this.#head.startUs;
  }

  /** No frame in it was captured later. */
  get endUs(): number {
    const { startUs, durationUs = 0, cuesAt } = this.#head;
    return startUs + durationUs + (cuesAt === undefined ? headLateUs : 0);
  }

  /** Whether it may have a frame of that time. */
  covers(timeUs: number): boolean {
    return timeUs >= this.startUs && timeUs <= this.endUs;
  }

  /** Positions that are in memory. */
  get loadedFrames(): number {
    return this.#window?.frames.length ?? 0;
  }

  unload(): void {
    this.#window = undefined;
  }

  /**
   * Whether the frame is in it: captured in the same microsecond, with the same bytes. The file is
   * on the disk then, as the frame is going to be acknowledged.
   * @throws the system's error
   */
  async has(frame: ReceivedFrame): Promise<boolean> {
    const timeUs = timeOf(frame);
    for (const place of await this.#find(timeUs)) {
      if (place.bytes !== frame.jpeg.length) continue;
      if (Buffer.compare(await this.#readPicture(place), frame.jpeg) !== 0) continue;
      await this.#syncOnce();
      return true;
    }
    return false;
  }

  /** The frames of that time. */
  async #find(timeUs: number): Promise<FramePosition[]> {
    const { frames } = await this.#loads.run(() => this.#load(timeUs));
    let [low, high] = [0, frames.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((frames[middle]?.capturedAtUs ?? timeUs) < timeUs) low = middle + 1;
      else high = middle;
    }
    const found: FramePosition[] = [];
    for (let i = low; frames[i]?.capturedAtUs === timeUs; i++) found.push(frames[i] as FramePosition);
    return found;
  }

  async #load(timeUs: number): Promise<Window> {
    const before = this.#window;
    if (before !== undefined && hasTime(before, timeUs)) return before;
    await using reader = await DiskFileReader.open(this.path);
    const last = before?.frames.at(-1);
    const goesOn = before !== undefined && last !== undefined && timeUs >= before.fromUs;
    let fromUs = goesOn ? timeUs : timeUs - marginUs;
    let frames = goesOn ? before.frames.filter(({ capturedAtUs }) => capturedAtUs >= fromUs) : [];
    // The next cluster begins where a JPEG ends.
    const from = goesOn ? last.position + last.bytes : await findPosition(reader, this.#head, fromUs);
    let isLast = true;
    // A file without cues takes a while, as each frame has to be read.
    for await (const place of readPositions(reader, this.#head, from)) {
      if (place.capturedAtUs < fromUs) continue;
      if (frames.length >= maxFrames) {
        isLast = place.capturedAtUs < timeUs;
        if (!isLast) break;
        fromUs = place.capturedAtUs + 1;
        frames = [];
      } else frames.push(place);
    }
    this.#window = { fromUs, frames, isLast };
    return this.#window;
  }

  async #readPicture({ position, bytes }: FramePosition): Promise<Uint8Array> {
    await using reader = await DiskFileReader.open(this.path);
    return await reader.read(position, bytes);
  }

  /** The receiver that wrote it may have been killed before any sync. */
  async #syncOnce(): Promise<void> {
    if (this.#isSynced) return;
    const folder = dirname(this.path);
    await this.#sync.file(this.path);
    await this.#sync.folder(folder);
    await this.#sync.folder(dirname(folder));
    this.#isSynced = true;
  }
}

function hasTime({ fromUs, frames, isLast }: Window, timeUs: number): boolean {
  const lastUs = frames.at(-1)?.capturedAtUs ?? fromUs;
  // More frames of the last time may come behind it.
  return timeUs >= fromUs && (isLast || timeUs < lastUs);
}
