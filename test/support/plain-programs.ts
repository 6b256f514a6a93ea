import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installPackages } from '../../scripts/debian/install.ts';
import { defaultFrameLimits } from '../../src/protocol/frame.ts';
import { JpegSplitter } from '../../src/protocol/jpeg/jpeg-splitter.ts';
import { cacheFolder } from './cache.ts';
import { Child, runChild } from './child.ts';
import { type MediaKind, mediaFile } from './media.ts';
import { scaleMs } from './speed.ts';

// Programs that know nothing of our wires, and send all the same.

const runTimeoutMs = scaleMs(30_000);

export async function installPlainPrograms(): Promise<void> {
  await installPackages(['ffmpeg', 'curl'], 'plain senders');
}

/** Debian's ffmpeg with the 50 JPEGs of a test file, untouched. */
export async function startFfmpeg(input: readonly string[], output: readonly string[]): Promise<Child> {
  const file = await mediaFile('jpegs');
  return new Child('/usr/bin/ffmpeg', ['-v', 'error', '-nostdin', ...input, '-i', file, '-c', 'copy', ...output]);
}

/** The answers that curl got, with their heads. Also where the status is that of a failure. */
export async function runCurl(args: readonly string[]): Promise<string> {
  const { stdout } = await runChild('/usr/bin/curl', ['-s', '-S', '-i', '--no-buffer', ...args], runTimeoutMs);
  return stdout;
}

/** Files of JPEGs back to back. */
export type JpegsKind = Extract<MediaKind, `jpegs${string}`>;

/** The JPEGs that stand back to back in a file of that kind: `jpegs` is what ffmpeg sends. */
export async function readPictures(kind: JpegsKind = 'jpegs'): Promise<Uint8Array[]> {
  const splitter = new JpegSplitter(defaultFrameLimits);
  const found = splitter.decode(await readFile(await mediaFile(kind)));
  return found.flatMap((one) => (one.type === 'picture' ? [one.jpeg] : []));
}

/** Writes the JPEGs that ffmpeg sends into a folder, and returns them in the order of their names. */
export async function writePictures(folder: string): Promise<Uint8Array[]> {
  await installPlainPrograms();
  const pictures = await readPictures();
  await Promise.all(pictures.map((jpeg, i) => writeFile(join(folder, `${100 + i}.jpg`), jpeg)));
  return pictures;
}

/** The path of a folder with these JPEGs as files, kept in the user cache. */
export async function pictureFolder(kind: JpegsKind): Promise<string> {
  return cacheFolder('pictures', await mediaFile(kind), async (folder) => {
    for (const [i, jpeg] of (await readPictures(kind)).entries()) {
      await writeFile(join(folder, `${String(i + 1).padStart(3, '0')}.jpg`), jpeg);
    }
  });
}
