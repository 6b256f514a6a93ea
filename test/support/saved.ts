import type { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

// Pictures that a receiver wrote to files, one sender's in a folder.

/** SHA-256 in hex. */
export function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** SHA-256 of each, in their order. */
export function hashAll(pictures: readonly Uint8Array[]): string[] {
  return pictures.map(hash);
}

/** Names in the order of the count that they end with, or else of the rest: the time in them may be set back meanwhile. */
export async function listSaved(folder: string): Promise<string[]> {
  const count = (name: string) => Number(/_(\d+)\.jpg$/.exec(name)?.[1] ?? 0);
  // Hidden ones are being written.
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.'));
  return names.sort().sort((a, b) => count(a) - count(b));
}

export async function readSaved(folder: string): Promise<Buffer[]> {
  const names = await listSaved(folder);
  return Promise.all(names.map((name) => readFile(join(folder, name))));
}

export async function hashSaved(folder: string): Promise<string[]> {
  return hashAll(await readSaved(folder));
}
