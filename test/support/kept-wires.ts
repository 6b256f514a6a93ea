import { Buffer } from 'node:buffer';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The bytes of a connection, in base64. */
export interface KeptConnection {
  /** From the sender. */
  readonly up: string;
  readonly down: string;
}

/** A run of one sender and one receiver. In options `@` stands for a folder with the files `token` and `other-token`. */
export interface KeptWay {
  readonly sender: readonly string[];
  readonly receiver: readonly string[];
  /** In base64. */
  readonly pictures: readonly string[];
  /** The pictures that the receiver took. */
  readonly arrived: readonly string[];
  readonly connections: readonly KeptConnection[];
}

/** Recordings of a version, as `scripts/keep-wires.ts` makes them. */
export interface KeptWires {
  readonly version: string;
  readonly ways: Readonly<Record<string, KeptWay>>;
}

const folder = join(import.meta.dirname, '../versions');

/** `0.1` of 0.1.0. */
export function minorOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}

/** The file of a minor version. */
export function keptPath(minor: string): string {
  return join(folder, `${minor}.json`);
}

/** All versions that are kept, the oldest first. */
export async function readKept(): Promise<KeptWires[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json'));
  const kept = names.map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8')) as KeptWires);
  return (await Promise.all(kept)).sort((a, b) => a.version.localeCompare(b.version, 'en', { numeric: true }));
}

export function fromText(text: string): Buffer {
  return Buffer.from(text, 'base64');
}
