import { statfs } from 'node:fs/promises';

/** The room that files take on a file system. */
export interface Room {
  readonly bytes: number;
  /** Each file and each folder takes one, however short it is. */
  readonly inodes: number;
}

export const noRoom: Room = { bytes: 0, inodes: 0 };

/** The smallest part of a file on most file systems. */
const blockBytes = 4096;
/** Measurements come so often at most; the second where space may be short. */
const intervalMs = 1000;
const urgentIntervalMs = 100;

/** The bytes that a file of that length takes on the disk. */
export function inBlocks(bytes: number): number {
  return Math.ceil(bytes / blockBytes) * blockBytes;
}

export function addRoom(a: Room, b: Room, sign: 1 | -1 = 1): Room {
  return { bytes: a.bytes + sign * b.bytes, inodes: a.inodes + sign * b.inodes };
}

export function isWithin(a: Room, b: Room): boolean {
  return a.bytes <= b.bytes && a.inodes <= b.inodes;
}

/**
 * The free space of the file system of a folder: measured now and then, and estimated in between.
 */
export class FreeSpace {
  readonly #directory: string;
  #measured = noRoom;
  #measuredAtMs = Number.NEGATIVE_INFINITY;
  /** Written since the last measurement, less what was removed. */
  #written = noRoom;
  /** The size of the file system; inodes: infinite where it makes as many as are needed. */
  total = noRoom;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The room that this user may still take, as estimated. */
  get left(): Room {
    const { bytes, inodes } = addRoom(this.#measured, this.#written, -1);
    return { bytes: Math.max(0, bytes), inodes: Math.max(0, inodes) };
  }

  /**
   * Measures the free room, or estimates it.
   * @param wanted measures sooner when there may be less
   */
  async measure(wanted: Room): Promise<Room> {
    const age = performance.now() - this.#measuredAtMs;
    if (age > intervalMs || (age > urgentIntervalMs && !isWithin(wanted, this.left))) {
      this.#measuredAtMs = performance.now();
      const before = this.#written;
      const { bavail, blocks, bsize, files, ffree } = await statfs(this.#directory);
      // Btrfs and FAT, which count none, say that they have 0 of 0.
      const hasInodes = files > 0;
      this.#measured = { bytes: bavail * bsize, inodes: hasInodes ? ffree : Number.POSITIVE_INFINITY };
      this.total = { bytes: blocks * bsize, inodes: hasInodes ? files : Number.POSITIVE_INFINITY };
      // The answer may include bytes that were written meanwhile or not: these count.
      this.#written = addRoom(this.#written, before, -1);
    }
    return this.left;
  }

  /** The next call of `measure` measures. */
  forget(): void {
    this.#measuredAtMs = Number.NEGATIVE_INFINITY;
  }

  wrote(room: Room): void {
    this.#written = addRoom(this.#written, room);
  }

  removed(room: Room): void {
    this.#written = addRoom(this.#written, room, -1);
  }
}
