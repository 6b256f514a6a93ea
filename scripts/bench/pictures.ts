import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mediaFile } from '../../test/support/media.ts';
import { startPackaged, startPackagedReceiver, timeoutMs } from './support.ts';

export interface PictureKind {
  readonly quality: number;
  /** WIDTHxHEIGHT; `source`: 720p. */
  readonly size: string;
}

/** Calls `use` with a folder of sixty JPEGs of a video, as the packaged sender makes them. */
export async function withPictures(
  { quality, size }: PictureKind,
  use: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'image-socket-bench-'));
  try {
    const { receiver, port } = await startPackagedReceiver(['--save', folder, '--quiet']);
    const video = ['video', await mediaFile('bench'), '--size', size, '--quality', `${quality}`, '--count', '60'];
    await startPackaged('image-sender', [...video, '--port', port]).wait(timeoutMs);
    await receiver.stop();
    await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The files of a folder, in the order of their names. */
export async function readPictures(folder: string): Promise<Uint8Array[]> {
  const names = (await readdir(folder)).sort();
  return Promise.all(names.map((name) => readFile(join(folder, name))));
}
