import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mediaFile } from '../../../test/support/media.ts';
import { Scratch } from '../../cli/scratch.ts';
import { startPackaged, startPackagedReceiver, timeoutMs } from '../support.ts';

export interface PictureKind {
  readonly quality: number;
  /** WIDTHxHEIGHT; `source`: 720p. */
  readonly size: string;
}

/** 720p JPEGs of about 90 kB. */
export const large: PictureKind = { quality: 95, size: 'source' };
/** As the packaged sender makes them by default: about 16 kB. */
export const small: PictureKind = { quality: 90, size: '480x315' };

/** A folder of sixty JPEGs of a video, as the packaged sender makes them. It goes with the bench. */
export async function makePictures({ quality, size }: PictureKind): Promise<string> {
  const folder = new Scratch().path;
  const { receiver, port } = await startPackagedReceiver(['--save', folder, '--quiet']);
  const video = ['video', await mediaFile('bench'), '--size', size, '--quality', `${quality}`, '--count', '60'];
  await startPackaged('image-sender', [...video, '--port', port]).wait(timeoutMs);
  await receiver.stop();
  return folder;
}

/** The files of a folder, in the order of their names. */
export async function readPictures(folder: string): Promise<Uint8Array[]> {
  const names = (await readdir(folder)).sort();
  return Promise.all(names.map((name) => readFile(join(folder, name))));
}

export async function findMeanBytes(folder: string): Promise<number> {
  const pictures = await readPictures(folder);
  return pictures.reduce((sum, jpeg) => sum + jpeg.length, 0) / pictures.length;
}

/** Writes the pictures of a folder back to back into a file. */
export async function writeStream(folder: string, file: string): Promise<void> {
  await writeFile(file, Buffer.concat(await readPictures(folder)));
}
