import { Buffer } from 'node:buffer';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installPackages } from '../../scripts/debian/install.ts';
import { defaultFrameLimits } from '../../src/protocol/frame.ts';
import { JpegSplitter } from '../../src/protocol/jpeg/jpeg-splitter.ts';
import { runChild } from '../support/child.ts';
import { soonMs } from '../support/programs.ts';

/** Pictures that tell their numbers: eight fields, black or white, so that they survive any codec. */
const size = { width: 64, height: 48 } as const;
const fields = 8;
const pixels = size.width * size.height;
const raw = ['-f', 'rawvideo', '-pix_fmt', 'gray', '-s', `${size.width}x${size.height}`];
const ffmpeg = '/usr/bin/ffmpeg';

/** The formats that a recording is converted to, by the names' endings and nothing else. */
export const kinds = ['mp4', 'mov', 'mkv', 'webm', 'avi', 'gif'] as const;

/** Where the middle of a field is. */
function fieldAt(field: number): number {
  return (12 + 24 * Math.trunc(field / 4)) * size.width + 8 + 16 * (field % 4);
}

/** JPEGs that tell the numbers from 0 on, at most 256 of them. */
export async function drawNumbers(count: number, folder: string): Promise<Uint8Array[]> {
  await installPackages(['ffmpeg'], 'converting recordings');
  const gray = Buffer.alloc(count * pixels);
  for (let at = 0; at < gray.length; at++) {
    const [x, y] = [at % size.width, Math.trunc((at % pixels) / size.width)];
    const field = Math.trunc(x / 16) + 4 * Math.trunc(y / 24);
    gray[at] = (Math.trunc(at / pixels) >> field) & 1 ? 255 : 0;
  }
  const [from, to] = [join(folder, 'numbers.raw'), join(folder, 'numbers.mjpeg')];
  await writeFile(from, gray);
  await runChild(ffmpeg, ['-v', 'error', '-nostdin', ...raw, '-i', from, '-c:v', 'mjpeg', '-q:v', '3', to], soonMs);
  const found = new JpegSplitter(defaultFrameLimits).decode(await readFile(to));
  return found.flatMap((one) => (one.type === 'picture' ? [one.jpeg] : []));
}

export interface Converted {
  readonly kind: (typeof kinds)[number];
  /** Of its frames, in their order. */
  readonly numbers: number[];
  /** As the file tells it. */
  readonly seconds: number;
}

/** Converts a recording of such pictures to each kind of file, with no option, and reads these. Ends in any case. */
export async function convert(path: string, folder: string): Promise<Converted[]> {
  const paths = kinds.map((kind) => join(folder, `converted.${kind}`));
  await runChild(ffmpeg, ['-v', 'error', '-nostdin', '-y', '-i', path, ...paths], soonMs);
  const inputs = paths.flatMap((converted) => ['-i', converted]);
  const outputs = paths.flatMap((converted, i) => [
    '-map',
    `${i}:v`,
    '-fps_mode',
    'passthrough',
    ...raw,
    `${converted}.raw`,
  ]);
  const { stderr } = await runChild(ffmpeg, ['-hide_banner', '-nostdin', '-y', ...inputs, ...outputs], soonMs);
  const lengths = [...stderr.matchAll(/^ {2}Duration: (\d+):(\d+):([\d.]+)/gm)];
  const all = paths.map(async (converted, i): Promise<Converted> => {
    const [, hours, minutes, seconds] = lengths[i]?.map(Number) ?? [];
    const numbers = readNumbers(await readFile(`${converted}.raw`));
    return {
      kind: kinds[i] as Converted['kind'],
      numbers,
      seconds: ((hours ?? 0) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0),
    };
  });
  return Promise.all(all);
}

function readNumbers(gray: Buffer): number[] {
  return Array.from({ length: gray.length / pixels }, (_, frame) => {
    const isWhite = (field: number) => (gray[frame * pixels + fieldAt(field)] ?? 0) > 127;
    return Array.from({ length: fields }, (_unused, field) => (isWhite(field) ? 2 ** field : 0)).reduce(
      (sum, bit) => sum + bit,
      0,
    );
  });
}
