import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mediaFile } from '../support/media.ts';
import { type JsonFrame, soonMs, startProgram, startReceiver } from '../support/programs.ts';
import { hash } from '../support/saved.ts';
import { type Ends, makeFolder } from './suite.ts';

/** SHA-256 of the pictures of one stream, by sequence number from 1. */
export type Hashes = readonly string[];

const name = /^([0-9A-Za-z-]{1,22})_\d{8}T\d{6}_\d{6}Z_(\d{6})\.jpg$/;

/**
 * What was saved of the streams that begin so, by stream id. Fails where a file is anything but a picture of a stream, or a
 * number is there twice or missing.
 */
export async function hashFolder(path: string, prefix = ''): Promise<Map<string, Hashes>> {
  const streams = new Map<string, string[]>();
  for (const file of await readdir(path)) {
    const [, stream = '', number = ''] = name.exec(file) ?? [];
    assert.notEqual(stream, '', `${file} is no picture of a stream`);
    if (!stream.startsWith(prefix)) continue;
    const hashes = streams.get(stream) ?? [];
    streams.set(stream, hashes);
    const at = Number(number) - 1;
    assert.equal(hashes[at], undefined, `number ${number} was saved twice, once as ${file}`);
    hashes[at] = hash(await readFile(join(path, file)));
  }
  for (const [stream, hashes] of streams) {
    const missing = Array.from(hashes.keys()).filter((at) => hashes[at] === undefined);
    assert.deepEqual(
      missing.map((at) => at + 1),
      [],
      `numbers of ${stream} that were not saved`,
    );
  }
  return streams;
}

/** Arguments that send this many frames of the same film, quick to decode and with the same bytes every time. */
export async function filmArgs(frames: number): Promise<string[]> {
  const file = ['video', await mediaFile('h264'), '--size', 'source'];
  return [...file, '--count', `${frames}`, '--deliver', 'every', '--retries', '0'];
}

const films = new Map<string, Promise<Hashes>>();

/** What an undisturbed run of `filmArgs`, with these arguments besides, leaves behind. Run once. */
export function hashFilm(ends: Ends, frames: number, ...args: string[]): Promise<Hashes> {
  const key = JSON.stringify([ends, frames, args]);
  const film = films.get(key) ?? sendFilm(ends, frames, args);
  films.set(key, film);
  return film;
}

async function sendFilm(ends: Ends, frames: number, args: readonly string[]): Promise<Hashes> {
  await using folder = await makeFolder();
  const { receiver, port } = await startReceiver(ends.receiver, ['--save', folder.path, '--quiet']);
  await using _receiver = receiver;
  const film = [...(await filmArgs(frames)), '--interval', '0', '--port', `${port}`, ...args];
  await using sender = startProgram(ends.sender, 'image-sender', film);
  assert.equal((await sender.wait(soonMs)).code, 0, sender.lines('stderr').join('\n'));
  await receiver.waitForLine('stderr', /left after/, soonMs);
  assert.equal((await receiver.stop()).code, 0);
  const [hashes] = (await hashFolder(folder.path)).values();
  assert.equal(hashes?.length, frames);
  return hashes;
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
    assert.ok(sequence > before, `number ${sequence} of ${stream} came after ${before}`);
    last.set(stream, sequence);
  }
}
