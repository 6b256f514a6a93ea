import { join } from 'node:path';
import type { Camera } from '../../frames/camera.ts';
import type { ReceivedFrame } from '../../frames/received-frame.ts';
import { counted } from '../../system/counted.ts';
import { dropOldest } from '../../system/drop-oldest.ts';
import type { LimitedLog } from '../../system/limited-log.ts';
import type { DiskSync } from '../disk/disk-sync.ts';
import { timeOf } from './active-recording.ts';
import { EarlierFrames } from './earlier-frames.ts';

/** Cameras that are known to send new frames. A camera that was forgotten is looked up again. */
const maxKnown = 10_000;

/**
 * Knows the frames that a receiver recorded before it was killed, and did not acknowledge.
 * Duplicates within a run are known by their sequence numbers.
 */
export class Duplicates {
  readonly #directory: string;
  readonly #sync: DiskSync;
  readonly #log: LimitedLog;
  /** Keys of cameras whose frames are new. */
  readonly #isNew = new Set<string>();
  /** Cameras of which frames came again, by key. */
  readonly #earlier = new Map<string, { readonly frames: EarlierFrames; count: number }>();

  /** @param directory of all recordings */
  constructor(directory: string, sync: DiskSync, log: LimitedLog) {
    this.#directory = directory;
    this.#sync = sync;
    this.#log = log;
  }

  /** Whether it is recorded already. */
  async has(frame: ReceivedFrame, { key }: Camera): Promise<boolean> {
    // No other frames are sent again.
    if (frame.stream === undefined || frame.capturedAtUs === undefined || this.#isNew.has(key)) return false;
    const earlier = this.#earlier.get(key) ?? { frames: await this.#read(frame, key), count: 0 };
    if (await earlier.frames.has(frame)) {
      earlier.count++;
      this.#earlier.set(key, earlier);
      return true;
    }
    // Frames come in their order: all later frames are new too.
    this.#note(key, earlier.count);
    return false;
  }

  #read(frame: ReceivedFrame, key: string): Promise<EarlierFrames> {
    return EarlierFrames.read(join(this.#directory, key), timeOf(frame), this.#sync);
  }

  #note(key: string, count: number): void {
    this.#earlier.delete(key);
    this.#isNew.add(key);
    dropOldest(this.#isNew, maxKnown);
    if (count === 0) return;
    const what = counted(count, 'frame again that is', 'frames again that are');
    this.#log.info('again', `${key} sent ${what} recorded already: dropped`);
  }
}
