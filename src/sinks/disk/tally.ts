import type { KeptFile } from './files.ts';
import { addRoom, type Room } from './free-space.ts';

/** The number of files, and the room that they take. */
export class Tally {
  files = 0;
  bytes = 0;
  /** The room that is free once all files without other names are deleted. */
  unshared: Room = { bytes: 0, inodes: 0 };

  count({ bytes, isShared }: KeptFile, sign: 1 | -1): void {
    this.files += sign;
    this.bytes += sign * bytes;
    if (!isShared) this.unshared = addRoom(this.unshared, { bytes, inodes: 1 }, sign);
  }
}
