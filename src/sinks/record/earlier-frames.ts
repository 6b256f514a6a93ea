import { Buffer } from 'node:buffer';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ReceivedFrame } from '../../frames/received-frame.ts';
import { type FramePosition, findPosition, readHead, readPositions } from '../../matroska/matroska-reader.ts';
import type { DiskSync } from '../disk/disk-sync.ts';
import { timeOf } from './active-recording.ts';
import { DiskFileReader } from './disk-file-reader.ts';
import { parseRecordingName } from './recording-name.ts';

interface FoundFrame extends FramePosition {
  readonly path: string;
}

/**
 * Newest files of a camera that are searched: one may have ended just before its receiver was
 * killed.
 */
const maxFiles = 5;
/** Many more frames than a sender has in flight. */
const maxFrames = 4096;
/** The duration in the head of a file that was being written may be a second too short. */
const headLateUs = 3_000_000;

/**
 * The frames of a camera that an earlier receiver recorded from some time on. When that receiver
 * was killed, it may not have acknowledged frames that are in the file, so that they come again.
 * Two frames are the same when they were captured in the same microsecond and have the same bytes.
 */
export class EarlierFrames {
  /** Frames by the time of capture. */
  readonly #frames: ReadonlyMap<number, FoundFrame>;

  private constructor(frames: ReadonlyMap<number, FoundFrame>) {
    this.#frames = frames;
  }

  /**
   * A file that cannot be read counts as not recorded: a frame is then there twice rather than not
   * at all.
   * @param folder of the recordings of the camera
   * @param fromUs the frames were captured then or later
   * @param sync the frames that were found are on the disk when this resolves, as they are going to
   * be acknowledged
   */
  static async read(folder: string, fromUs: number, sync: DiskSync): Promise<EarlierFrames> {
    const frames = new Map<number, FoundFrame>();
    for (const path of await listNewest(folder)) {
      const file = await readFile(path, fromUs).catch(() => undefined);
      if (file === undefined) continue;
      if (file.frames.length > 0 && (await isSynced(path, sync))) {
        for (const place of file.frames) frames.set(place.capturedAtUs, { ...place, path });
      }
      if (file.reachesBack || frames.size >= maxFrames) break;
    }
    return new EarlierFrames(frames);
  }

  async has(frame: ReceivedFrame): Promise<boolean> {
    const place = this.#frames.get(timeOf(frame));
    if (place?.bytes !== frame.jpeg.length) return false;
    const recorded = await readPicture(place).catch(() => undefined);
    return recorded !== undefined && Buffer.compare(recorded, frame.jpeg) === 0;
  }
}

async function readPicture({ path, position, bytes }: FoundFrame): Promise<Uint8Array> {
  await using pieces = await DiskFileReader.open(path);
  return await pieces.read(position, bytes);
}

/** The newest recordings, the newest first. */
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
  const frames: FramePosition[] = [];
  // A file without cues takes a while, as each frame has to be read.
  if (startUs + durationUs + headLateUs < fromUs) return { frames, reachesBack: true };
  for await (const place of readPositions(pieces, head, await findPosition(pieces, head, fromUs))) {
    if (place.capturedAtUs >= fromUs) frames.push(place);
    if (frames.length >= maxFrames) break;
  }
  return { frames, reachesBack: startUs < fromUs };
}

async function isSynced(path: string, sync: DiskSync): Promise<boolean> {
  return await sync.file(path).then(
    () => true,
    () => false,
  );
}
