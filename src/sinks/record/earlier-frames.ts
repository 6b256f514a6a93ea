import { Buffer } from 'node:buffer';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ReceivedFrame } from '../../frames/received-frame.ts';
import { type FramePosition, findPosition, readHead, readPositions } from '../../matroska/matroska-reader.ts';
import type { DiskSync } from '../disk/disk-sync.ts';
import { timeOf } from './active-recording.ts';
import { DiskFileReader } from './disk-file-reader.ts';
import { parseRecordingName } from './recording-name.ts';

interface Place extends FramePosition {
  readonly path: string;
}

/** The newest of a camera: a file may have ended just before its receiver was killed. */
const maxFiles = 5;
/** Many more than a sender has under way. */
const maxFrames = 4096;
/** The head of a file that was being written may tell a length that is a second behind. */
const headLateUs = 3_000_000;

/**
 * What was recorded of a camera from some time on, by a receiver before this one. When that was killed, its sender may have had no answer yet for
 * frames that are in the file: they come again. They are the same when they were captured in the same microsecond and have the same bytes.
 */
export class EarlierFrames {
  /** By the time of capture. */
  readonly #places: ReadonlyMap<number, Place>;

  private constructor(places: ReadonlyMap<number, Place>) {
    this.#places = places;
  }

  /**
   * What cannot be read counts as not recorded: a frame is there twice then rather than not at all.
   * @param folder of the camera's recordings
   * @param fromUs captured then or later
   * @param sync has what was found on the disk when this resolves: it is going to be answered for
   */
  static async read(folder: string, fromUs: number, sync: DiskSync): Promise<EarlierFrames> {
    const places = new Map<number, Place>();
    for (const path of await listNewest(folder)) {
      const file = await readFile(path, fromUs).catch(() => undefined);
      if (file === undefined) continue;
      if (file.places.length > 0 && (await isSynced(path, sync))) {
        for (const place of file.places) places.set(place.capturedAtUs, { ...place, path });
      }
      if (file.reachesBack || places.size >= maxFrames) break;
    }
    return new EarlierFrames(places);
  }

  async has(frame: ReceivedFrame): Promise<boolean> {
    const place = this.#places.get(timeOf(frame));
    if (place?.bytes !== frame.jpeg.length) return false;
    const recorded = await readPicture(place).catch(() => undefined);
    return recorded !== undefined && Buffer.compare(recorded, frame.jpeg) === 0;
  }
}

async function readPicture({ path, position, bytes }: Place): Promise<Uint8Array> {
  await using pieces = await DiskFileReader.open(path);
  return await pieces.read(position, bytes);
}

/** Those that begin last, the last first. */
async function listNewest(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const found = names.flatMap((name) => {
    const recording = parseRecordingName(`${basename(folder)}/${name}`);
    return recording?.kind === 'mkv' ? { name, startedAtMs: recording.startedAtMs } : [];
  });
  found.sort((a, b) => b.startedAtMs - a.startedAtMs || (a.name < b.name ? 1 : -1));
  return found.slice(0, maxFiles).map(({ name }) => join(folder, name));
}

/** `reachesBack`: the file begins before that time, so no older one is of interest. */
async function readFile(path: string, fromUs: number) {
  await using pieces = await DiskFileReader.open(path);
  const head = await readHead(pieces);
  if (head === undefined) return undefined;
  const { startUs, durationUs = Number.POSITIVE_INFINITY } = head;
  const places: FramePosition[] = [];
  // To look at each frame of a file that has no table takes a while.
  if (startUs + durationUs + headLateUs < fromUs) return { places, reachesBack: true };
  for await (const place of readPositions(pieces, head, await findPosition(pieces, head, fromUs))) {
    if (place.capturedAtUs >= fromUs) places.push(place);
    if (places.length >= maxFrames) break;
  }
  return { places, reachesBack: startUs < fromUs };
}

async function isSynced(path: string, sync: DiskSync): Promise<boolean> {
  return await sync.file(path).then(
    () => true,
    () => false,
  );
}
