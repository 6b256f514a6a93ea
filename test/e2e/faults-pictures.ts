import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type JpegsKind, pictureFolder, readPictures } from '../support/plain-programs.ts';
import type { JsonFrame } from '../support/programs.ts';
import { hash, hashAll } from '../support/saved.ts';

/** SHA-256 of the pictures of one stream, by sequence from 1. */
export type Hashes = readonly string[];

const name = /^([0-9A-Za-z-]{1,22})_\d{8}T\d{6}_\d{6}Z_(\d{6})\.jpg$/;

/**
 * The saved pictures of the streams that begin so, by stream id. Fails where a file is anything but a picture of a stream, or a
 * sequence is there twice or missing.
 */
export async function hashFolder(path: string, prefix = ''): Promise<Map<string, Hashes>> {
  const streams = new Map<string, string[]>();
  for (const file of await readdir(path)) {
    const [, stream = '', sequence = ''] = name.exec(file) ?? [];
    assert.notEqual(stream, '', `${file} is no picture of a stream`);
    if (!stream.startsWith(prefix)) continue;
    const hashes = streams.get(stream) ?? [];
    streams.set(stream, hashes);
    const at = Number(sequence) - 1;
    assert.equal(hashes[at], undefined, `sequence ${sequence} was saved twice, once as ${file}`);
    hashes[at] = hash(await readFile(join(path, file)));
  }
  for (const [stream, hashes] of streams) {
    const missing = Array.from(hashes.keys()).filter((at) => hashes[at] === undefined);
    assert.deepEqual(
      missing.map((at) => at + 1),
      [],
      `sequences of ${stream} that were not saved`,
    );
  }
  return streams;
}

/** Pictures that are sent as they are, so that their bytes are known and the sender has little to do. */
export type Film = Extract<JpegsKind, 'jpegs240' | 'jpegs48'>;

/** Arguments that send this many frames of a film, which begins again at its end. */
export async function filmArgs(frames: number, film: Film = 'jpegs240'): Promise<string[]> {
  return ['folder', await pictureFolder(film), '--count', `${frames}`, '--deliver', 'every', '--retries', '0'];
}

/** The pictures that a sender with `filmArgs` leaves behind. */
export async function hashFilm(frames: number, film: Film = 'jpegs240'): Promise<Hashes> {
  const hashes = hashAll(await readPictures(film));
  return Array.from({ length: frames }, (_, i) => hashes[i % hashes.length] as string);
}

/** The pictures that one sender saved, which are all there are in that folder. */
export async function hashOnlyStream(path: string): Promise<Hashes> {
  const streams = [...(await hashFolder(path)).values()];
  assert.equal(streams.length, 1, `${streams.length} streams were saved`);
  return streams[0] as Hashes;
}

/** No frame was handed to the receiver's sinks twice, and those of each stream came in their order. */
export function checkOrder(frames: readonly JsonFrame[]): void {
  const last = new Map<string | null, number>();
  for (const { stream, sequence } of frames) {
    assert.notEqual(stream, null);
    const before = last.get(stream) ?? 0;
    assert.ok(sequence > before, `sequence ${sequence} of ${stream} came after ${before}`);
    last.set(stream, sequence);
  }
}
