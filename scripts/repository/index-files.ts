import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type DebFacts, readField } from './read-deb.ts';

/** The one suite and component of the repository, in the words of apt's sources. */
export const SUITE = 'stable';
export const COMPONENT = 'main';

/** A package in the pool. */
export interface PoolEntry extends DebFacts {
  /** From the top of the repository. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** SHA-256 in hex. */
  readonly sum: string;
}

/** The files of `dists/<suite>` but for the signatures, by their paths there. The same packages give the same bytes. */
export function formatIndexes(
  entries: readonly PoolEntry[],
  architectures: readonly string[],
): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (const architecture of architectures) {
    const own = entries.filter((entry) => readField(entry, 'Architecture') === architecture);
    const text = Buffer.from(own.map(formatStanza).join('\n'));
    const path = `${COMPONENT}/binary-${architecture}/Packages`;
    files.set(path, text);
    files.set(`${path}.gz`, gzipSync(text, { level: 9 }));
  }
  const release = formatRelease(files, architectures, Math.max(0, ...entries.map(({ timeSeconds }) => timeSeconds)));
  return files.set('Release', Buffer.from(release));
}

function formatStanza({ control, path, size, sum }: PoolEntry): string {
  const { Description = '', ...fields } = Object.fromEntries(control);
  const all = { ...fields, Filename: path, Size: `${size}`, SHA256: sum, Description };
  return `${Object.entries(all)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n')}\n`;
}

/** @param timeSeconds of the newest package: apt takes no list that is older than the one it has */
function formatRelease(
  files: ReadonlyMap<string, Uint8Array>,
  architectures: readonly string[],
  timeSeconds: number,
): string {
  const fields = {
    Origin: 'image-socket',
    Label: 'image-socket',
    Suite: SUITE,
    Codename: SUITE,
    Date: new Date(timeSeconds * 1000).toUTCString().replace('GMT', 'UTC'),
    Architectures: architectures.join(' '),
    Components: COMPONENT,
    Description: 'image-sender and image-receiver',
  };
  const sums = [...files].map(([path, bytes]) => {
    const sum = createHash('sha256').update(bytes).digest('hex');
    return ` ${sum} ${`${bytes.length}`.padStart(8)} ${path}`;
  });
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
  return `${[...lines, 'SHA256:', ...sums].join('\n')}\n`;
}
