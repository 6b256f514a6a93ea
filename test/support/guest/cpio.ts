import { createReadStream, createWriteStream } from 'node:fs';
import { lstat, readdir, readlink, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** One entry of an archive: its path there, without a slash in front, and where its bytes come from. */
export type CpioEntry =
  | { path: string; kind: 'folder' }
  | { path: string; kind: 'link'; target: string }
  | { path: string; kind: 'file'; mode: number; source: { path: string; size: number } | { text: string } };

const TYPES = { folder: 0o040755, link: 0o120777, file: 0o100000 } as const;

/** Writes a cpio archive of the kind that the kernel takes as an initramfs ("newc"); everything in it is root's. */
export async function writeCpio(entries: Iterable<CpioEntry>, file: string): Promise<void> {
  await pipeline(Readable.from(encodeEntries(withParents(entries))), createWriteStream(file));
}

/** Everything below a host folder, as entries below `prefix`; symbolic links stay links. */
export async function listFolder(folder: string, prefix: string): Promise<CpioEntry[]> {
  const entries: CpioEntry[] = [];
  const root = await realpath(folder);
  for (const item of await readdir(root, { recursive: true, withFileTypes: true })) {
    const host = join(item.parentPath, item.name);
    const path = join(prefix, host.slice(root.length + 1));
    if (item.isDirectory()) entries.push({ path, kind: 'folder' });
    else if (item.isSymbolicLink()) entries.push({ path, kind: 'link', target: await readlink(host) });
    else if (item.isFile()) entries.push(await describeFile(host, path));
  }
  return entries;
}

/** A host file as the entry `path`, with its own mode. */
export async function describeFile(host: string, path: string): Promise<CpioEntry> {
  const { size, mode } = await lstat(await realpath(host));
  return { path, kind: 'file', mode: mode & 0o777, source: { path: host, size } };
}

/** The kernel makes no folder by itself: each entry's come before it, once. */
function* withParents(entries: Iterable<CpioEntry>): Generator<CpioEntry> {
  const seen = new Set<string>(['.', '']);
  function* parents(path: string): Generator<CpioEntry> {
    const parent = dirname(path);
    if (seen.has(parent)) return;
    yield* parents(parent);
    seen.add(parent);
    yield { path: parent, kind: 'folder' };
  }
  for (const entry of entries) {
    yield* parents(entry.path);
    if (entry.kind === 'folder' && seen.has(entry.path)) continue;
    seen.add(entry.path);
    yield entry;
  }
}

async function* encodeEntries(entries: Iterable<CpioEntry>): AsyncGenerator<Buffer> {
  let inode = 1;
  for (const entry of entries) {
    const content = entry.kind === 'file' ? entry.source : { text: entry.kind === 'link' ? entry.target : '' };
    const size = 'text' in content ? Buffer.byteLength(content.text) : content.size;
    const mode = TYPES[entry.kind] | (entry.kind === 'file' ? entry.mode : 0);
    yield encodeHeader(inode++, mode, size, entry.path);
    if ('text' in content) yield Buffer.from(content.text);
    else yield* createReadStream(content.path, { highWaterMark: 1 << 20 });
    yield Buffer.alloc(-size & 3);
  }
  yield encodeHeader(0, 0, 0, 'TRAILER!!!');
}

/** Thirteen numbers of eight hex digits and the name, padded to a multiple of four bytes. */
function encodeHeader(inode: number, mode: number, size: number, name: string): Buffer {
  const bytes = Buffer.from(`${name}\0`);
  // In order: inode, mode, uid, gid, links, time, size, four device numbers, length of the name, check sum.
  const numbers = [inode, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, bytes.length, 0];
  const header = `070701${numbers.map((number) => number.toString(16).padStart(8, '0')).join('')}`;
  return Buffer.concat([Buffer.from(header), bytes, Buffer.alloc(-(header.length + bytes.length) & 3)]);
}
