import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installPackages } from '../../scripts/debian/install.ts';
import { defaultFrameLimits } from '../../src/protocol/frame.ts';
import { JpegSplitter } from '../../src/protocol/jpeg-splitter.ts';
import { Child, runChild } from './child.ts';
import { mediaFile } from './media.ts';

// Programs that know nothing of our wires, and send all the same.

const runTimeoutMs = 30_000;

export async function installPlainPrograms(): Promise<void> {
  await installPackages(['ffmpeg', 'curl'], 'plain senders');
}

/** Debian's ffmpeg with the 50 JPEGs of a test file, untouched. */
export async function startFfmpeg(input: readonly string[], output: readonly string[]): Promise<Child> {
  const file = await mediaFile('jpegs');
  return new Child('/usr/bin/ffmpeg', ['-v', 'error', '-nostdin', ...input, '-i', file, '-c', 'copy', ...output]);
}

/** What curl was answered: the heads of the answers, and their texts. Also where the status is that of a failure. */
export async function runCurl(args: readonly string[]): Promise<string> {
  const { stdout } = await runChild('/usr/bin/curl', ['-s', '-S', '-i', '--no-buffer', ...args], runTimeoutMs);
  return stdout;
}

/** Each JPEG of the test file that ffmpeg sends. */
export async function readPictures(): Promise<Uint8Array[]> {
  const splitter = new JpegSplitter(defaultFrameLimits);
  const found = splitter.decode(await readFile(await mediaFile('jpegs')));
  return found.flatMap((one) => (one.type === 'picture' ? [one.jpeg] : []));
}

export function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** SHA-256 of the files of a folder, in the order of their names. */
export async function hashPictures(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).sort();
  return Promise.all(names.map(async (name) => hash(await readFile(join(folder, name)))));
}
