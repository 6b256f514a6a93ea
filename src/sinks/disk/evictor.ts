import { formatDuration } from '../../system/time-units.ts';
import type { FileAges } from './file-ages.ts';
import type { FileRemover, ReachedLimit } from './file-remover.ts';
import type { KeptFile } from './files.ts';
import { addRoom, isWithin, noRoom, type Room } from './free-space.ts';
import type { Inventory } from './inventory.ts';
import type { RoomLimits } from './room-limits.ts';

export interface EvictorParts {
  readonly inventory: Inventory;
  readonly limits: RoomLimits;
  readonly remover: FileRemover;
  readonly ages: FileAges;
}

export interface EvictorSettings {
  /** Begins the name of the option that sets the age, for messages: `--record-age`. */
  readonly option: 'record' | 'save';
  /** Milliseconds since a file was last written to; undefined: none is too old. */
  readonly maxAgeMs?: number | undefined;
}

/**
 * `over`: there is room, as files were deleted for it, and yet a limit is exceeded as much as
 * before.
 */
export type RoomFound = 'within' | 'over' | 'none';

/**
 * Decides which files are deleted: those that are too old, and the oldest ones while there is too
 * little room. The caller waits for one of `deleteOne` and `makeRoom` before it calls the next.
 */
export class Evictor {
  readonly #parts: EvictorParts;
  readonly #settings: EvictorSettings;
  #isReadingAges = false;
  #isStopped = false;

  constructor(parts: EvictorParts, settings: EvictorSettings) {
    this.#parts = parts;
    this.#settings = settings;
  }

  /** Looks at the clock, and has another try at the files that could not be deleted. */
  async refresh(): Promise<void> {
    const { ages, remover } = this.#parts;
    if (ages.look()) await this.#readAges();
    remover.retry();
  }

  /**
   * Deletes the oldest file if it is too old, or if there is too little room.
   * @returns false where nothing is to be deleted
   */
  async deleteOne(): Promise<boolean> {
    const { ages, inventory, limits, remover } = this.#parts;
    const { oldest } = inventory;
    if (oldest === undefined || this.#isStopped) return false;
    const isTooOld = oldest.writtenAtMs < ages.minMs;
    const limit = isTooOld ? this.#describeAge(oldest) : await limits.findReached(noRoom);
    if (limit === undefined) return false;
    // Where it would not be enough to delete all files, none is deleted.
    if (!isTooOld && !(await limits.canHold(noRoom))) return false;
    await remover.removeOldest(limit);
    return true;
  }

  /**
   * Deletes the oldest files until so much may be written, and claims the room for it. It does not
   * wait until all is within the limits: deleting as much as is written is enough.
   */
  async makeRoom(room: Room): Promise<RoomFound> {
    const { inventory, limits, remover } = this.#parts;
    let freed: Room | undefined;
    for (;;) {
      const limit = await limits.findReached(room);
      const found = limit === undefined ? 'within' : 'over';
      if (limit === undefined || (freed !== undefined && isWithin(room, freed))) {
        limits.claim(room);
        return found;
      }
      // The files that were there at the start may be known only from here on.
      const oldest = await inventory.peek();
      if (oldest === undefined || this.#isStopped) return 'none';
      // Where it would not be enough to delete all files, none is deleted.
      if (freed === undefined && !(await limits.canHold(room))) return 'none';
      freed = addRoom(freed ?? noRoom, await remover.removeOldest(limit));
    }
  }

  /** From now on no file is deleted. */
  stop(): void {
    this.#isStopped = true;
  }

  #describeAge({ writtenAtMs }: KeptFile): ReachedLimit {
    const { option, maxAgeMs = 0 } = this.#settings;
    const age = formatDuration(Date.now() - writtenAtMs);
    return { option: `--${option}-age`, state: `(${formatDuration(maxAgeMs)}): the oldest is ${age} old` };
  }

  /** Reads the times of all files again, unless that is being done. */
  async #readAges(): Promise<void> {
    if (this.#isReadingAges) return;
    this.#isReadingAges = true;
    const { ages, inventory } = this.#parts;
    await inventory.readAgain();
    ages.settle();
    this.#isReadingAges = false;
  }
}
