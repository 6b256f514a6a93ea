import { realpath } from 'node:fs/promises';
import { CodedError } from '../../protocol/errors.ts';
import { describeFileError } from '../../system/file-reason.ts';
import { Gate } from '../../system/gate.ts';
import { LimitedLog } from '../../system/limited-log.ts';
import type { Log } from '../../system/log.ts';
import type { DiskFigures } from '../sink.ts';
import { FileRemover, type RemoverFigures } from './file-remover.ts';
import { FreeSpace } from './free-space.ts';
import { Inventory } from './inventory.ts';

/** Bounds of the files in a folder; undefined: none. */
export interface RetentionLimits {
  /** Of all of them together. */
  readonly mostBytes?: number | undefined;
  /** Since they were last written to, in milliseconds. */
  readonly mostAgeMs?: number | undefined;
  /** What is to stay free of the file system, for others; undefined: 1 GB, or a twentieth of it where that is less. */
  readonly keepFreeBytes?: number | undefined;
}

export interface RetentionSettings extends RetentionLimits {
  /** Is there. */
  readonly directory: string;
  /** Whether a file is of those that may be deleted, by its path from the folder on. */
  readonly isOurs: (path: string) => boolean;
  /** Files whose order is held in memory, where there are more; undefined: 50,000. */
  readonly mostKnown?: number | undefined;
}

export interface RetentionFigures extends RemoverFigures {
  /** On disk now, those that are being written too. */
  readonly files: number;
  readonly bytes: number;
  /** Of the file system. */
  readonly freeBytes: number;
}

const lookEveryMs = 10_000;
const usuallyFree = 1e9;
const usuallyFreeShare = 0.05;

/**
 * Keeps the files of a folder in bounds: deletes the oldest first, and none that is being written. All paths are from that folder on. Where its
 * own files are gone the folders go that they leave empty: whoever makes one of these finds it gone at times, and makes it again.
 */
export class Retention {
  readonly #settings: RetentionSettings;
  readonly #free: FreeSpace;
  readonly #inventory: Inventory;
  readonly #remover: FileRemover;
  readonly #timer: NodeJS.Timeout;
  readonly #gate = new Gate(1);
  /** Of what is being written, and may be on disk or not. */
  #claimed = 0;
  #isClosed = false;

  private constructor(settings: RetentionSettings, root: string, free: FreeSpace, log: Log) {
    this.#settings = settings;
    this.#free = free;
    const limitedLog = new LimitedLog(log);
    const { isOurs, mostKnown } = settings;
    this.#inventory = new Inventory({ root, isOurs, mostKnown }, limitedLog);
    this.#remover = new FileRemover(root, this.#inventory, free, limitedLog);
    this.#timer = setInterval(() => void this.enforce(), lookEveryMs).unref();
    void this.#inventory.read().then(() => this.enforce());
  }

  /** Begins to read what is there already, in the background. @throws CodedError OUTPUT_FAILED */
  static async open(settings: RetentionSettings, log: Log): Promise<Retention> {
    try {
      const root = await realpath(settings.directory);
      const free = new FreeSpace(root);
      await free.measure(0);
      const { keepFreeBytes = 0 } = settings;
      if (keepFreeBytes >= free.total) {
        const [wanted, all] = [keepFreeBytes, free.total].map((bytes) => `${(bytes / 1e9).toFixed(1)} GB`);
        throw new Error(`${wanted} are to stay free, and the whole disk has ${all}: let less stay free`);
      }
      return new Retention(settings, root, free, log);
    } catch (error) {
      throw new CodedError('OUTPUT_FAILED', `Cannot look into ${settings.directory}: ${describeFileError(error)}`);
    }
  }

  get figures(): RetentionFigures {
    const { files, bytes } = this.#inventory;
    return { files, bytes, ...this.#remover.figures, freeBytes: this.#free.bytes };
  }

  /** The same as sinks tell them. */
  get disk(): DiskFigures {
    const { bytes, freeBytes, deletedFiles } = this.figures;
    return { usedBytes: bytes, freeBytes, deletedFiles };
  }

  /** What is to stay free of the file system. */
  get keepFreeBytes(): number {
    return this.#settings.keepFreeBytes ?? Math.min(usuallyFree, this.#free.total * usuallyFreeShare);
  }

  /** What all files together may take, those that are there included. */
  get capacityBytes(): number {
    const most = this.#settings.mostBytes ?? Number.POSITIVE_INFINITY;
    return Math.min(most, this.#inventory.bytes + Math.max(0, this.#free.bytes - this.keepFreeBytes));
  }

  /** That file is there, with so many bytes, and is going to be written piece by piece; it is not deleted before it is complete. */
  begin(path: string, bytes: number): void {
    this.#inventory.begin(path, bytes);
  }

  /** It never came to be. */
  forget(path: string): void {
    this.#inventory.forget(path);
  }

  /** Nothing more is written to that file, which has so many bytes now. */
  complete(path: string, bytes: number): void {
    this.#inventory.complete(path, bytes);
  }

  isBeingWritten(path: string): boolean {
    return this.#inventory.isOpen(path);
  }

  /**
   * Has so many bytes written to that file, once there is room for them; deletes others for that. A file that was not begun is complete then.
   * @returns false where there is no room and nothing that may be deleted is left: nothing was written
   */
  async write(path: string, bytes: number, write: () => Promise<unknown>): Promise<boolean> {
    if (!(await this.#gate.pass(() => this.#claim(bytes)))) return false;
    try {
      await write();
      this.#free.wrote(bytes);
      this.#inventory.wrote(path, bytes);
    } finally {
      this.#claimed -= bytes;
    }
    return true;
  }

  /** Why there is no room. */
  describeShortage(): string {
    const mega = (bytes: number) => `${Math.round(bytes / 1e5) / 10} MB`;
    const { mostBytes } = this.#settings;
    const isDiskFull = mostBytes === undefined || this.#free.bytes - this.#claimed < this.keepFreeBytes;
    const nothing = 'nothing is left to delete for it';
    if (!isDiskFull) return `all files may take ${mega(mostBytes)} and ${nothing}: allow more`;
    const free = `${mega(this.keepFreeBytes)} of the disk are to stay free, ${mega(this.#free.bytes)} are`;
    return `${free} and ${nothing}: make room, or let less stay free`;
  }

  /** Deletes what is over the bounds by now; before it is known what is there, nothing. */
  async enforce(): Promise<void> {
    if (!this.#inventory.hasRead) return;
    this.#inventory.refresh();
    this.#remover.retry();
    await this.#gate.pass(async () => {
      await this.#deleteAged();
      await this.#claim(0);
    });
  }

  /** Resolves when what was there at the start is known, and in bounds. */
  async settled(): Promise<void> {
    await this.#inventory.read();
    await this.enforce();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.#inventory.close();
    // What is under way ends.
    await this.#gate.pass(async () => undefined);
  }

  /** False where there is no room. */
  async #claim(bytes: number): Promise<boolean> {
    // Where to delete everything would not be enough, nothing is deleted for it.
    if (!(await this.#canHold(bytes))) return false;
    while (await this.#isShortOf(bytes)) {
      const oldest = await this.#inventory.peek();
      if (oldest === undefined || this.#isClosed) return false;
      await this.#remover.removeOldest(oldest);
    }
    this.#claimed += bytes;
    return true;
  }

  async #isShortOf(bytes: number): Promise<boolean> {
    const { mostBytes } = this.#settings;
    const claimed = this.#claimed + bytes;
    if (mostBytes !== undefined && this.#inventory.hasRead && this.#inventory.bytes + claimed > mostBytes) return true;
    const wanted = this.keepFreeBytes + claimed;
    // A disk that does not tell is not therefore full.
    const free = await this.#free.measure(wanted).catch(() => Number.POSITIVE_INFINITY);
    return free < wanted;
  }

  /** Whether there is room for so many bytes once all is deleted that may be; true while that is not known. */
  async #canHold(bytes: number): Promise<boolean> {
    if (!this.#inventory.hasRead) return true;
    const claimed = this.#claimed + bytes;
    const { mostBytes = Number.POSITIVE_INFINITY } = this.#settings;
    const { openBytes } = this.#inventory;
    if (openBytes + claimed > mostBytes) return false;
    const deletable = this.#inventory.bytes - openBytes;
    const wanted = Math.max(0, this.keepFreeBytes + claimed - deletable);
    return (await this.#free.measure(wanted).catch(() => Number.POSITIVE_INFINITY)) >= wanted;
  }

  async #deleteAged(): Promise<void> {
    const { mostAgeMs = Number.POSITIVE_INFINITY } = this.#settings;
    const leastMs = Date.now() - mostAgeMs;
    for (let oldest = await this.#inventory.peek(); oldest !== undefined; oldest = await this.#inventory.peek()) {
      if (oldest.writtenAtMs >= leastMs || this.#isClosed) return;
      await this.#remover.removeOldest(oldest);
    }
  }
}
