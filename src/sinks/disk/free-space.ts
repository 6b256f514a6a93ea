import { statfs } from 'node:fs/promises';

/** What files take of a file system. */
export interface Room {
  readonly bytes: number;
  /** Each file takes one, and each folder, however short it is. */
  readonly inodes: number;
}

/** What a piece of a file takes at least, on most file systems. */
const blockBytes = 4096;
const usuallyEveryMs = 1000;
const urgentlyEveryMs = 100;
const nothing: Room = { bytes: 0, inodes: 0 };

/** What so many bytes take on the disk, in a file of their own. */
export function inBlocks(bytes: number): number {
  return Math.ceil(bytes / blockBytes) * blockBytes;
}

export function addRoom(a: Room, b: Room, sign: 1 | -1 = 1): Room {
  return { bytes: a.bytes + sign * b.bytes, inodes: a.inodes + sign * b.inodes };
}

export function isWithin(a: Room, b: Room): boolean {
  return a.bytes <= b.bytes && a.inodes <= b.inodes;
}

/** What is free where a folder is: asked for now and then, and reckoned in between. */
export class FreeSpace {
  readonly #directory: string;
  #measured = nothing;
  #measuredAtMs = Number.NEGATIVE_INFINITY;
  /** Less what was removed, since it was measured. */
  #written = nothing;
  /** Of the file system; inodes: infinite where it makes as many as are wanted. */
  total = nothing;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** What this user may still take, as last reckoned. */
  get left(): Room {
    const { bytes, inodes } = addRoom(this.#measured, this.#written, -1);
    return { bytes: Math.max(0, bytes), inodes: Math.max(0, inodes) };
  }

  /** What is free. @param wanted measures soon when there may be less */
  async measure(wanted: Room): Promise<Room> {
    const age = performance.now() - this.#measuredAtMs;
    if (age > usuallyEveryMs || (age > urgentlyEveryMs && !isWithin(wanted, this.left))) {
      this.#measuredAtMs = performance.now();
      const before = this.#written;
      const { bavail, blocks, bsize, files, ffree } = await statfs(this.#directory);
      // Btrfs and FAT, which count none, say that they have 0 of 0.
      const hasInodes = files > 0;
      this.#measured = { bytes: bavail * bsize, inodes: hasInodes ? ffree : Number.POSITIVE_INFINITY };
      this.total = { bytes: blocks * bsize, inodes: hasInodes ? files : Number.POSITIVE_INFINITY };
      // What was written meanwhile may be in the answer or not: it counts.
      this.#written = addRoom(this.#written, before, -1);
    }
    return this.left;
  }

  /** Measures when it is asked next. */
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
