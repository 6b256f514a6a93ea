import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { Addon, VideoReader } from '../../../src/opencv/addon.ts';
import { readVideo } from '../../../src/opencv/video-reader.ts';
import type { PictureSize } from '../../../src/protocol/jpeg/jpeg-size.ts';
import { type MediaKind, mediaFile } from '../../../test/support/media.ts';
import { expectCode } from '../check-stream.ts';
import type { Structure } from '../mutate.ts';
import type { Random } from '../random.ts';
import type { Outcome, Target } from '../target.ts';
import { seedMatroska } from './matroska.ts';
import { loadNative } from './native-addon.ts';
import { expectPicture, seedRealJpeg } from './native-jpeg.ts';
import { toBytes } from './seeds.ts';
import { matroskaStructure } from './structures.ts';

/** Small files of the containers and codecs that the page names, and of each way in which pictures are read. */
const kinds: readonly MediaKind[] = [
  ...(['tinyH264', 'tinyTs', 'tinyMpeg4', 'tinyMjpeg', 'tinyVp8', 'tinyVp9', 'tinyH265'] as const),
  ...(['tinyTurned', 'tinyRgb'] as const),
];
/** Of each file so many frames are read. */
const maxFrames = 12;
/** FFmpeg looks for streams, also where there are none. */
const baseMs = 3000;
const maxRss = 1_000_000_000;

const words =
  'ftyp moov mvhd trak tkhd mdia mdhd hdlr minf stbl stsd avc1 avcC hev1 hvcC stts stss stsc stsz stco ctts edts elst mdat free moof traf trun RIFF AVI LIST hdrl avih strl strh strf vids MJPG mp4v movi 00dc idx1 JUNK OpusHead'.split(
    ' ',
  );

/** Boxes and chunks by their names, and the elements of Matroska. */
const structure: Structure = {
  cuts: (bytes) => {
    const text = new TextDecoder('latin1').decode(bytes);
    const boxes = words.flatMap((word) => {
      const at = text.indexOf(word);
      return at < 4 ? [] : [at - 4, at];
    });
    return [...boxes, ...matroskaStructure.cuts(bytes)].sort((a, b) => a - b);
  },
  tokens: [...words.map(toBytes), Uint8Array.of(0, 0, 0, 1), Uint8Array.of(0, 0, 1), ...matroskaStructure.tokens],
};

/** The sizes that pictures are wanted in: their own, and one that most are shrunk to in one way or stretched in another. */
const sizes = [undefined, { width: 33, height: 70 }] as const;

/** As `image-sender video` does. Gives the kind of its result. */
async function readFrames(cv: Addon, path: string, size: PictureSize | undefined): Promise<string> {
  const reader = openReader(cv, path);
  if (reader === undefined) return 'none';
  const facts = [reader.fps, reader.frameCount].map((fact) => Math.round(Math.log2(1 + Math.max(0, fact))));
  const kinds = new Set<string>();
  try {
    for (let frames = 0; frames < maxFrames; frames++) {
      const picture = await readVideo(reader, { size, quality: 90 });
      if (picture === undefined) break;
      expectPicture(picture);
      kinds.add(`${picture.width}x${picture.height} ${picture.atMs > 0}`);
    }
  } catch (error) {
    // The program ends with its message.
    kinds.add(expectCode(error, ['OPENCV_FAILED']).message.replaceAll(/\d+/g, '#'));
  } finally {
    reader.release();
  }
  return [...facts, ...kinds].join(' ');
}

function openReader(cv: Addon, path: string): VideoReader | undefined {
  try {
    return new cv.VideoReader(path);
  } catch (error) {
    // As FFmpeg says it. Anything else is a fault, or an addon that is too old.
    if (error instanceof Error && /^Cannot \w+ .*(?:file|video)/.test(error.message)) return undefined;
    throw error;
  }
}

/** The native readers of video files. Makes the files first, if there are none. */
export async function openNativeVideo(): Promise<Target> {
  const cv = loadNative();
  const files = await Promise.all(kinds.map(async (kind) => readFileSync(await mediaFile(kind))));
  const folder = mkdtempSync(join(tmpdir(), 'image-socket-fuzz-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'video');
  return {
    seed: (random: Random) =>
      random.oneIn(8) ? seedMatroska(random, (one) => seedRealJpeg(cv, one)) : random.pick(files),
    structure,
    async check(input): Promise<Outcome> {
      writeFileSync(path, input);
      const results: string[] = [];
      for (const size of sizes) results.push(await readFrames(cv, path, size));
      return { code: undefined, signature: results.join('; '), bytes: input.length };
    },
    baseMs,
    maxRss,
  };
}
