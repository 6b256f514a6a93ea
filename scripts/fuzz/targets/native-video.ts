import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { type Addon, capture } from '../../../src/opencv/addon.ts';
import { loadOpenCv } from '../../../src/opencv/load.ts';
import { VideoInput } from '../../../src/opencv/video-input.ts';
import { type MediaKind, mediaFile } from '../../../test/support/media.ts';
import type { Structure } from '../mutate.ts';
import type { Random } from '../random.ts';
import type { Outcome, Target } from '../target.ts';
import { seedMatroska } from './matroska.ts';
import { seedRealJpeg } from './native-jpeg.ts';
import { toBytes } from './seeds.ts';
import { matroskaStructure } from './structures.ts';

/** Small files of the containers and codecs that the page names. */
const kinds: readonly MediaKind[] = ['tinyH264', 'tinyTs', 'tinyMpeg4', 'tinyMjpeg', 'tinyVp8', 'tinyVp9', 'tinyH265'];
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

/** A call into native code with the path of a video. Gives the kind of its result. */
type NativeCall = (cv: Addon, path: string) => Promise<string>;

/** Everything that native code does with a video. A further call is one line here. */
const calls: readonly NativeCall[] = [readFrames];

/** As `image-sender video` does. */
async function readFrames(cv: Addon, path: string): Promise<string> {
  const input = VideoInput.open(cv, path, capture.ffmpeg);
  if (input === undefined) return 'none';
  const facts = ['frameCount', 'fps', 'frameWidth', 'frameHeight'] as const;
  const said: string[] = facts.map((fact) => String(Math.round(Math.log2(1 + Math.max(0, input.get(fact))))));
  said.push(String(input.get('fourcc')));
  let frames = 0;
  try {
    for (; frames < maxFrames; frames++) {
      const mat = await input.read();
      if (mat === undefined) break;
      input.get('positionMs');
      mat.release();
    }
  } catch (error) {
    // The program ends with its message.
    said.push(error instanceof Error ? error.message.replaceAll(/\d+/g, '#') : '');
  } finally {
    await input.release();
  }
  return `${said} ${Math.min(frames, 3)} frames`;
}

/** The native readers of video files. Makes the files first, if there are none. */
export async function openNativeVideo(): Promise<Target> {
  const cv = loadOpenCv();
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
      for (const call of calls) results.push(await call(cv, path));
      return { code: undefined, signature: results.join('; '), bytes: input.length };
    },
    baseMs,
    maxRss,
  };
}
