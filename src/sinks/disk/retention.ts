import { lstat, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '../../errors.ts';
import { onAbort } from '../../system/abort.ts';
import type { ClockHistoryReaders } from '../../system/clock-history.ts';
import { describeFileError } from '../../system/file-error.ts';
import { LimitedLog } from '../../system/limited-log.ts';
import type { Log } from '../../system/log.ts';
import { Semaphore } from '../../system/semaphore.ts';
import type { DiskStats } from '../sink.ts';
import { CleanUp } from './clean-up.ts';
import { Evictor } from './evictor.ts';
import { FileAges } from './file-ages.ts';
import { FileRemover, type RemoverStats } from './file-remover.ts';
import { type KeptFile, takenBytes } from './files.ts';
import { FreeSpace, inBlocks, noRoom, type Room } from './free-space.ts';
import { Inventory } from './inventory.ts';
import { checkKeepFree, RoomLimits, type SpaceLimits } from './room-limits.ts';

/** Bounds of the files in a folder; undefined: none. */
export interface RetentionLimits extends SpaceLimits {
  /** Milliseconds since they were last written to. */
  readonly maxAgeMs?: number | undefined;
}

export interface RetentionSettings extends RetentionLimits {
  /** The folder must exist. */
  readonly directory: string;
  /** Begins the names of the options that set the limits, for messages: `--record-size`. */
  readonly option: 'record' | 'save';
  /** Whether a file is of those that may be deleted, by its path from the folder on. */
  readonly isOurs: (path: string) => boolean;
  /** The order of so many files is held in memory; undefined: 50,000. */
  readonly maxKnown?: number | undefined;
  /** From its abort on, only files whose place is needed at once are deleted. */
  readonly stop?: AbortSignal | undefined;
  /** For tests; undefined: the system's. */
  readonly clocks?: ClockHistoryReaders | undefined;
}

export interface RetentionStats extends RemoverStats {
  /** On the disk now, with the files that are being written. */
  readonly files: number;
  readonly bytes: number;
  /** Free bytes of the file system. */
  readonly freeBytes: number;
}

const lookEveryMs = 10_000;

/**
 * Keeps the files of a folder in bounds: deletes the oldest first, and no file that is being
 * written. All paths are from that folder on. It deletes folders that are empty then too, so that a
 * sink that has made a folder may have to make it again.
 */
export class Retention {
  readonly #root: string;
  readonly #free: FreeSpace;
  readonly #inventory: Inventory;
  readonly #remover: FileRemover;
  readonly #limits: RoomLimits;
  readonly #evictor: Evictor;
  readonly #cleanUp: CleanUp;
  readonly #timer: NodeJS.Timeout;
  readonly #semaphore = new Semaphore(1);

  private constructor(settings: RetentionSettings, root: string, free: FreeSpace, log: Log) {
    this.#root = root;
    this.#free = free;
    const limitedLog = new LimitedLog(log);
    const { isOurs, maxKnown, maxAgeMs, clocks, stop } = settings;
    const readSteadyMs = () => clocks?.readSteadyMs() ?? performance.now();
    const ages = new FileAges(root, maxAgeMs, limitedLog, clocks);
    const date = (file: KeptFile) => ages.date(file);
    this.#inventory = new Inventory({ root, isOurs, date, maxKnown, readSteadyMs }, limitedLog);
    this.#limits = new RoomLimits(settings, free, this.#inventory);
    this.#remover = new FileRemover(root, this.#inventory, free, limitedLog);
    const parts = { inventory: this.#inventory, limits: this.#limits, remover: this.#remover, ages };
    this.#evictor = new Evictor(parts, settings);
    const turns = { root, evictor: this.#evictor, semaphore: this.#semaphore, log: limitedLog, readSteadyMs };
    this.#cleanUp = new CleanUp({ ...parts, ...turns });
    if (stop !== undefined) onAbort(stop, () => this.#stopAhead());
    this.#timer = setInterval(() => void this.enforce(), lookEveryMs).unref();
    void this.#inventory.read().then(() => this.enforce());
  }

  /** Begins to read the folder, in the background. @throws CodedError OUTPUT_FAILED */
  static async open(settings: RetentionSettings, log: Log): Promise<Retention> {
    try {
      const root = await realpath(settings.directory);
      const free = new FreeSpace(root);
      await free.measure(noRoom);
      checkKeepFree(settings, free.total.bytes);
      return new Retention(settings, root, free, log);
    } catch (error) {
      throw new CodedError('OUTPUT_FAILED', `Cannot look into ${settings.directory}: ${describeFileError(error)}`);
    }
  }

  get stats(): RetentionStats {
    const { files, bytes } = this.#inventory;
    return { files, bytes, ...this.#remover.stats, freeBytes: this.#free.left.bytes };
  }

  /** The same, in the form that sinks give. */
  get disk(): DiskStats {
    const { bytes, freeBytes, deletedFiles } = this.stats;
    return { usedBytes: bytes, freeBytes, deletedFiles };
  }

  /** Bytes that stay free on the file system. */
  get keepFreeBytes(): number {
    return this.#limits.keepFree.bytes;
  }

  /** Bytes that all files together may take, with the files that are there. */
  get capacityBytes(): number {
    return this.#limits.capacityBytes;
  }

  /**
   * The file is there, with so many bytes, and is going to be written piece by piece. It is not
   * deleted before it is complete.
   */
  begin(path: string, bytes: number): void {
    this.#inventory.begin(path, bytes);
  }

  /** The file was never made. */
  forget(path: string): void {
    this.#inventory.forget(path);
  }

  /** Nothing more is written to the file, which has so many bytes now. */
  complete(path: string, bytes: number): void {
    this.#inventory.complete(path, bytes);
  }

  isBeingWritten(path: string): boolean {
    return this.#inventory.isOpen(path);
  }

  /**
   * Has so many bytes written to the file, once there is room for them. Deletes other files for
   * that. A file that was not begun is complete then.
   * @returns false where there is no room and no file that may be deleted: nothing was written
   */
  async write(path: string, bytes: number, write: () => Promise<unknown>): Promise<boolean> {
    const isOpen = this.#inventory.isOpen(path);
    const room = { bytes: inBlocks(bytes), inodes: isOpen ? 0 : inodesOf(path) };
    return this.#writeWithin(room, async () => {
      await write();
      this.#free.wrote({ bytes: room.bytes, inodes: isOpen ? 0 : 1 });
      if (isOpen) this.#inventory.wrote(path, bytes);
      else this.#inventory.add({ path, bytes: await this.#measure(path, room.bytes), writtenAtMs: Date.now() });
    });
  }

  /**
   * Has a file made that is going to be written piece by piece, once there is room for it. Deletes
   * other files for that.
   * @param create makes the file, and calls `begin`
   * @returns false where there is no room and no file that may be deleted: nothing was made
   */
  async create(create: () => Promise<unknown>): Promise<boolean> {
    const room = { bytes: inBlocks(1), inodes: inodesOf('folder/file') };
    return this.#writeWithin(room, async () => {
      await create();
      this.#free.wrote(room);
    });
  }

  /** Why there is no room. */
  describeShortage(): string {
    return this.#limits.describeShortage();
  }

  /** Deletes files over the bounds. Before the files are known it deletes none. */
  async enforce(): Promise<void> {
    if (!this.#inventory.hasRead) return;
    await this.#evictor.refresh();
    const reading = this.#inventory.refresh();
    await this.#cleanUp.run();
    if (reading === undefined) return;
    await reading;
    await this.#cleanUp.run();
  }

  /** Resolves when the files that were there at the start are known, and in bounds. */
  async settled(): Promise<void> {
    await this.#inventory.read();
    await this.enforce();
  }

  async close(): Promise<void> {
    this.#stopAhead();
    this.#evictor.stop();
    clearInterval(this.#timer);
    await this.#inventory.close();
    // Work that has begun ends.
    await this.#semaphore.run(async () => undefined);
  }

  /** Frames that wait still get their room. */
  #stopAhead(): void {
    this.#cleanUp.stop();
    this.#inventory.stop();
  }

  /** Bytes that the file takes; as estimated where it is gone already. */
  async #measure(path: string, estimate: number): Promise<number> {
    const stats = await lstat(join(this.#root, path)).catch(() => undefined);
    return stats === undefined ? estimate : takenBytes(stats);
  }

  /** False where there is no room. */
  async #writeWithin(room: Room, write: () => Promise<unknown>): Promise<boolean> {
    const found = await this.#semaphore.run(() => this.#evictor.makeRoom(room));
    if (found === 'over') void this.#cleanUp.run();
    if (found === 'none') {
      // The estimate may be too low: the next try measures.
      this.#free.forget();
      return false;
    }
    try {
      await write();
    } finally {
      this.#limits.release(room);
    }
    return true;
  }
}

/** Inodes that a new file may take: one, and one for each of its folders. */
function inodesOf(path: string): number {
  return path.split('/').length;
}
