import { formatBytes } from '../../system/byte-units.ts';
import type { ReachedLimit } from './file-remover.ts';
import { addRoom, type FreeSpace, isWithin, type Room } from './free-space.ts';
import type { Inventory } from './inventory.ts';

/** Bounds of the space that the files in a folder take; undefined: none. */
export interface SpaceLimits {
  /** The size of all files together. */
  readonly maxBytes?: number | undefined;
  /**
   * Stays free on the file system, for others; undefined: 1 GB, or a twentieth of it where that is
   * less.
   */
  readonly keepFreeBytes?: number | undefined;
}

export interface RoomLimitSettings extends SpaceLimits {
  /** Begins the names of the options that set the limits, for messages: `--record-size`. */
  readonly option: 'record' | 'save';
}

const defaultFree: Room = { bytes: 1e9, inodes: 10_000 };
const defaultFreeShare = 0.05;

/**
 * @throws Error where the limit is no less than the whole disk, so that no file could ever be
 * written
 */
export function checkKeepFree({ keepFreeBytes = 0, option }: RoomLimitSettings, diskBytes: number): void {
  if (keepFreeBytes < diskBytes) return;
  const [wanted, all] = [keepFreeBytes, diskBytes].map(formatBytes);
  const advice = `give --${option}-keep-free less`;
  throw new Error(`--${option}-keep-free wants ${wanted} free, and the whole disk has ${all}: ${advice}`);
}

/** Says whether files may take more room, which limit is in the way, and what would help. */
export class RoomLimits {
  readonly #settings: RoomLimitSettings;
  readonly #free: FreeSpace;
  readonly #inventory: Inventory;
  /** Space for files that are being written: it may be taken on the disk already or not. */
  #claimed: Room = { bytes: 0, inodes: 0 };

  constructor(settings: RoomLimitSettings, free: FreeSpace, inventory: Inventory) {
    this.#settings = settings;
    this.#free = free;
    this.#inventory = inventory;
  }

  /**
   * So much stays free on the file system. A user that lets no bytes stay free wants no inodes free
   * either.
   */
  get keepFree(): Room {
    const { keepFreeBytes } = this.#settings;
    const share = (of: keyof Room) => Math.min(defaultFree[of], Math.floor(this.#free.total[of] * defaultFreeShare));
    return { bytes: keepFreeBytes ?? share('bytes'), inodes: keepFreeBytes === 0 ? 0 : share('inodes') };
  }

  /** All files together may take so many bytes, those that are there included. */
  get capacityBytes(): number {
    const max = this.#settings.maxBytes ?? Number.POSITIVE_INFINITY;
    return Math.min(max, this.#inventory.bytes + Math.max(0, this.#free.left.bytes - this.keepFree.bytes));
  }

  /** The bytes that are going to be written. */
  claim(room: Room): void {
    this.#claimed = addRoom(this.#claimed, room);
  }

  /** It is written, or is not going to be. */
  release(room: Room): void {
    this.#claimed = addRoom(this.#claimed, room, -1);
  }

  /** The limit that keeps so much from being written; undefined: none does. */
  async findReached(room: Room): Promise<ReachedLimit | undefined> {
    const { maxBytes, option } = this.#settings;
    const claimed = addRoom(this.#claimed, room);
    const isOver = maxBytes !== undefined && this.#inventory.bytes + claimed.bytes > maxBytes;
    if (isOver && this.#inventory.hasRead) {
      const there = `${formatBytes(this.#inventory.bytes)} are there`;
      const coming = claimed.bytes > 0 ? `, ${formatBytes(claimed.bytes)} are to come` : '';
      return { option: `--${option}-size`, state: `(${formatBytes(maxBytes)}): ${there}${coming}` };
    }
    const keepFree = this.keepFree;
    if (await this.#isFree(addRoom(keepFree, claimed))) return undefined;
    const free = this.#unclaimed;
    const state =
      free.bytes < keepFree.bytes + room.bytes
        ? `(${formatBytes(keepFree.bytes)}): ${formatBytes(Math.max(0, free.bytes))} are free`
        : `(${keepFree.inodes} inodes): ${Math.max(0, free.inodes)} are free`;
    return { option: `--${option}-keep-free`, state };
  }

  /**
   * Whether there is room for so much once all is deleted that may be; true while that is not
   * known.
   */
  async canHold(room: Room): Promise<boolean> {
    if (!this.#inventory.hasRead) return true;
    const claimed = addRoom(this.#claimed, room);
    const { maxBytes = Number.POSITIVE_INFINITY } = this.#settings;
    if (this.#inventory.openBytes + claimed.bytes > maxBytes) return false;
    return this.#isFree(addRoom(addRoom(this.keepFree, claimed), this.#inventory.deletable, -1));
  }

  /** Why there is no room, where nothing is left that may be deleted. */
  describeShortage(): string {
    const { maxBytes, option } = this.#settings;
    const free = this.#unclaimed;
    const keepFree = this.keepFree;
    const nothing = 'nothing is left to delete for it';
    const advice = `give --${option}-keep-free less`;
    if (free.inodes <= keepFree.inodes && free.bytes >= keepFree.bytes) {
      const inodes = `--${option}-keep-free keeps ${keepFree.inodes} inodes free, ${free.inodes} are, as df -i shows`;
      return `${inodes}, and ${nothing}: delete files on that disk, or ${advice}`;
    }
    const isDiskFull = maxBytes === undefined || free.bytes < keepFree.bytes;
    if (!isDiskFull) return `--${option}-size allows ${formatBytes(maxBytes)} and ${nothing}: allow more`;
    const bytes = `--${option}-keep-free keeps ${formatBytes(keepFree.bytes)} of the disk free`;
    return `${bytes}, ${formatBytes(this.#free.left.bytes)} are and ${nothing}: make room, or ${advice}`;
  }

  get #unclaimed(): Room {
    return addRoom(this.#free.left, this.#claimed, -1);
  }

  async #isFree(room: Room): Promise<boolean> {
    // A disk that does not tell is not therefore full.
    const free = await this.#free.measure(room).catch(() => undefined);
    return free === undefined || isWithin(room, free);
  }
}
