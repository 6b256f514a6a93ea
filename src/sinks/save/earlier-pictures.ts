import { Buffer } from 'node:buffer';
import { lstat, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Camera } from '../../frames/camera.ts';
import { makeKey } from '../../frames/camera-key.ts';
import type { ReceivedFrame } from '../../frames/received-frame.ts';
import type { StreamId } from '../../protocol/wire2/message.ts';
import { counted } from '../../system/counted.ts';
import { dropOldest } from '../../system/drop-oldest.ts';
import type { LimitedLog } from '../../system/limited-log.ts';
import type { DiskSync } from '../disk/disk-sync.ts';
import { isDueOnDisk } from '../sink.ts';
import type { FileNames } from './file-names.ts';

/** Cameras of one name whose files are looked for: `pi`, `pi-2` ... `pi-16`. */
const maxCameras = 16;
/**
 * After so many frames in a row that are in no file, the stream has no frame of before. The first
 * frames that come again may be missing, as their files were deleted.
 */
const maxMisses = 1000;
/** Streams that are remembered. One that was forgotten is looked up again. */
const maxStreams = 10_000;

interface Search {
  /** The key that the camera had when its last frame was found. */
  key: string | undefined;
  /** Frames that came again, and were not told of yet. */
  found: number;
  /** Frames in a row that were not found. */
  misses: number;
}

/**
 * Knows the pictures that a receiver saved before it was killed, and did not acknowledge, where
 * their camera had another key: of two cameras with one name the first that comes is `pi`, the
 * other `pi-2`. A picture of a camera that kept its key replaces its own file.
 */
export class EarlierPictures {
  readonly #names: FileNames;
  readonly #root: string;
  readonly #sync: DiskSync;
  readonly #log: LimitedLog;
  readonly #searches = new Map<StreamId, Search>();

  /** @param root the folder of all pictures */
  constructor(names: FileNames, root: string, sync: DiskSync, log: LimitedLog) {
    this.#names = names;
    this.#root = root;
    this.#sync = sync;
    this.#log = log;
  }

  /** Whether it is saved already, under another key of its camera. It is on the disk then. */
  async has(frame: ReceivedFrame, camera: Camera): Promise<boolean> {
    const { stream, capturedAtUs } = frame;
    // No other frames are sent again.
    if (stream === undefined || capturedAtUs === undefined || !isDueOnDisk(frame)) return false;
    // Pictures that have no time in their names replace each other anyway.
    if (!this.#names.hasKey || !this.#names.isDistinct) return false;
    const search = this.#searchOf(stream);
    if (search.misses >= maxMisses) return false;
    for (const key of listKeys(frame, search)) {
      if (key === camera.key || !(await this.#isSaved(frame, key))) continue;
      search.key = key;
      search.found++;
      search.misses = 0;
      return true;
    }
    search.misses++;
    this.#tell(search, camera);
    return false;
  }

  #searchOf(stream: StreamId): Search {
    const search = this.#searches.get(stream) ?? { key: undefined, found: 0, misses: 0 };
    this.#searches.set(stream, search);
    dropOldest(this.#searches, maxStreams);
    return search;
  }

  /** A file that cannot be read counts as none: a picture is then there twice rather than not at all. */
  async #isSaved(frame: ReceivedFrame, key: string): Promise<boolean> {
    const path = join(this.#root, this.#names.format(frame, { key }));
    try {
      const stats = await lstat(path);
      if (!stats.isFile() || stats.size !== frame.jpeg.length) return false;
      if (Buffer.compare(await readFile(path), frame.jpeg) !== 0) return false;
      // The receiver that wrote it may have been killed before it synced the name.
      await this.#sync.file(path);
      for (let folder = path; folder !== this.#root; ) {
        folder = dirname(folder);
        await this.#sync.folder(folder);
      }
      return true;
    } catch {
      return false;
    }
  }

  #tell(search: Search, { key }: Camera): void {
    if (search.found === 0) return;
    const what = counted(search.found, 'frame again that is', 'frames again that are');
    search.found = 0;
    this.#log.info('again', `${key} sent ${what} saved already under another key: dropped`);
  }
}

/** The keys that the camera may have had, the likeliest first. */
function listKeys({ connection }: ReceivedFrame, { key: last }: Search): Set<string> {
  const base = makeKey(connection);
  const keys = new Set(last === undefined ? [base] : [last, base]);
  for (let number = 2; number <= maxCameras; number++) keys.add(`${base}-${number}`);
  return keys;
}
