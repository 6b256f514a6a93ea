import { formatDuration } from '../../system/time-units.ts';
import type { FileAges } from './file-ages.ts';
import type { FileRemover } from './file-remover.ts';
import type { Room } from './free-space.ts';
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
 * Decides which files are deleted: those that are too old, and the oldest ones while there is too
 * little room. The caller waits for one of `deleteAged` and `makeRoom` before it calls the next.
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
    const { ages, inventory, remover } = this.#parts;
    if (ages.look()) await this.#readAges();
    inventory.refresh();
    remover.retry();
  }

  async deleteAged(): Promise<void> {
    const { ages, inventory, remover } = this.#parts;
    for (let oldest = await inventory.peek(); oldest !== undefined; oldest = await inventory.peek()) {
      if (oldest.writtenAtMs >= ages.minMs || this.#isStopped) return;
      const { option, maxAgeMs = 0 } = this.#settings;
      const age = formatDuration(Date.now() - oldest.writtenAtMs);
      await remover.removeOldest(oldest, {
        option: `--${option}-age`,
        state: `(${formatDuration(maxAgeMs)}): the oldest is ${age} old`,
      });
    }
  }

  /**
   * Deletes the oldest files until so much may be written, and claims the room for it.
   * @returns false where there is no room and no file that may be deleted
   */
  async makeRoom(room: Room): Promise<boolean> {
    const { inventory, limits, remover } = this.#parts;
    for (let deleted = 0; ; deleted++) {
      const limit = await limits.findReached(room);
      if (limit === undefined) break;
      // The files that were there at the start may be known only from here on.
      const oldest = await inventory.peek();
      if (oldest === undefined || this.#isStopped) return false;
      // Where it would not be enough to delete all files, none is deleted.
      if (deleted === 0 && !(await limits.canHold(room))) return false;
      await remover.removeOldest(oldest, limit);
    }
    limits.claim(room);
    return true;
  }

  /** From now on no file is deleted. */
  stop(): void {
    this.#isStopped = true;
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
