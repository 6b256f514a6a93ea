import type { Camera } from '../../frames/camera.ts';
import { makeKey } from '../../frames/camera-key.ts';
import type { ReceivedFrame } from '../../frames/received-frame.ts';
import type { StreamId } from '../../protocol/wire2/message.ts';
import { counted } from '../../system/counted.ts';
import { dropOldest } from '../../system/drop-oldest.ts';
import { describeFileError } from '../../system/file-error.ts';
import type { LimitedLog } from '../../system/limited-log.ts';
import type { DiskSync } from '../disk/disk-sync.ts';
import { isGone } from '../disk/files.ts';
import { timeOf } from './active-recording.ts';
import { maxEarlierFiles } from './earlier-folder.ts';
import { EarlierRecordings } from './earlier-recordings.ts';
import { type EarlierSearch, LoadedFiles } from './earlier-search.ts';

/** Streams, and names of cameras, that are remembered. One that was forgotten is looked up again. */
const maxKnown = 10_000;

/** A stream whose frames may be recorded already. */
interface Suspect {
  readonly earlier: EarlierRecordings;
  /** Frames that came again, and were not told of yet. */
  count: number;
}

/**
 * Knows the frames that a receiver recorded before it was killed, and did not acknowledge.
 * Duplicates within a run are known by their sequence numbers.
 */
export class Duplicates {
  readonly #search: EarlierSearch;
  readonly #log: LimitedLog;
  /** Streams whose frames are all new. */
  readonly #isNew = new Set<StreamId>();
  readonly #suspects = new Map<StreamId, Suspect>();
  /** By the key that the first camera of that name gets, in small letters. */
  readonly #earlier = new Map<string, EarlierRecordings>();

  /**
   * @param directory of all recordings
   * @param isBusy whether this receiver writes a file, by its path from the directory on
   */
  constructor(directory: string, sync: DiskSync, isBusy: (path: string) => boolean, log: LimitedLog) {
    const onLimit = (folder: string) => this.#tellLimit(folder);
    const onError = (path: string) => (error: unknown) => this.#tellError(path, error);
    this.#search = { directory, sync, isBusy, onLimit, onError, loaded: new LoadedFiles() };
    this.#log = log;
  }

  /** Whether it is recorded already. */
  async has(frame: ReceivedFrame, camera: Camera): Promise<boolean> {
    const { stream, capturedAtUs, connection } = frame;
    // No other frames are sent again.
    if (stream === undefined || capturedAtUs === undefined || this.#isNew.has(stream)) return false;
    const suspect = this.#suspects.get(stream) ?? this.#suspect(stream, makeKey(connection).toLowerCase());
    if (timeOf(frame) > (await suspect.earlier.endUs())) {
      this.#tellCount(suspect, camera);
      this.#acquit(stream);
      return false;
    }
    if (await suspect.earlier.has(frame)) {
      suspect.count++;
      return true;
    }
    // Later ones may be recorded all the same: this one was damaged, or the oldest file was deleted.
    this.#tellCount(suspect, camera);
    return false;
  }

  #suspect(stream: StreamId, base: string): Suspect {
    const earlier = this.#earlier.get(base) ?? new EarlierRecordings(base, this.#search);
    this.#earlier.set(base, earlier);
    dropOldest(this.#earlier, maxKnown);
    const suspect = { earlier, count: 0 };
    this.#suspects.set(stream, suspect);
    dropOldest(this.#suspects, maxKnown);
    return suspect;
  }

  /** All later frames of the stream are new: they were captured after those that are searched. */
  #acquit(stream: StreamId): void {
    const earlier = this.#suspects.get(stream)?.earlier;
    this.#suspects.delete(stream);
    this.#isNew.add(stream);
    dropOldest(this.#isNew, maxKnown);
    const isInUse = [...this.#suspects.values()].some((suspect) => suspect.earlier === earlier);
    if (!isInUse) void earlier?.release();
  }

  #tellCount(suspect: Suspect, { key }: Camera): void {
    const { count } = suspect;
    suspect.count = 0;
    if (count === 0) return;
    const what = counted(count, 'frame again that is', 'frames again that are');
    this.#log.info('again', `${key} sent ${what} recorded already: dropped`);
  }

  #tellLimit(folder: string): void {
    const where = `the ${maxEarlierFiles} newest files of ${folder}`;
    const line = `Looked for frames that come again in ${where}: one that is in an older file is recorded twice`;
    this.#log.warn('limit', line);
  }

  #tellError(path: string, error: unknown): undefined {
    const { code } = error as NodeJS.ErrnoException;
    // It was deleted meanwhile; or it is none of our files, and no folder of ours.
    if (isGone(error) || code === 'ELOOP' || code === 'ENOTDIR') return;
    const line = `Cannot look for frames that come again in ${path}: ${describeFileError(error)}`;
    this.#log.warn('unread', `${line}; they may be recorded twice`);
  }
}
