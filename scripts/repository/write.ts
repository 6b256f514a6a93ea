import { copyFile, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { architectures } from '../package/debian/control.ts';
import { readSums, sumFile } from '../release/sums.ts';
import { COMPONENT, formatIndexes, type PoolEntry, SUITE } from './index-files.ts';
import { readDeb } from './read-deb.ts';
import { KEYRING, signRelease } from './sign.ts';

const POOL = `pool/${COMPONENT}`;

export interface RepositoryInput {
  /** Holds SHA256SUMS and the packages that it names. */
  readonly from: string;
  /** As gpg names it; undefined: no signature. */
  readonly key: string | undefined;
}

/**
 * Adds the packages of a build to an apt repository of static files, and makes one where there is none. Older versions
 * stay in it.
 * @returns the names of all packages in it
 */
export async function writeRepository(folder: string, { from, key }: RepositoryInput): Promise<string[]> {
  const debs = (await readSums(from)).filter(({ name }) => name.endsWith('.deb'));
  if (debs.length === 0) throw new Error(`${from} has no packages: type npm run build, without --no-archives`);
  const pool = join(folder, POOL);
  await mkdir(pool, { recursive: true });
  for (const { name, sum } of debs) await addPackage(join(from, name), join(pool, name), sum);
  const names = (await readdir(pool)).filter((name) => name.endsWith('.deb')).sort();
  const entries = await Promise.all(names.map((name) => readEntry(folder, `${POOL}/${name}`)));
  // apt must not see half of it.
  const part = join(folder, `.dists.part-${process.pid}`);
  const suite = join(part, SUITE);
  for (const [path, bytes] of formatIndexes(entries, Object.values(architectures).sort())) {
    await mkdir(dirname(join(suite, path)), { recursive: true });
    await writeFile(join(suite, path), bytes);
  }
  try {
    if (key !== undefined) await signRelease(suite, key, join(folder, KEYRING));
    await rm(join(folder, 'dists'), { recursive: true, force: true });
    await rename(part, join(folder, 'dists'));
  } finally {
    await rm(part, { recursive: true, force: true });
  }
  return names;
}

async function addPackage(source: string, target: string, sum: string): Promise<void> {
  const part = `${target}.part-${process.pid}`;
  try {
    await copyFile(source, part);
    const found = await sumFile(part);
    if (found !== sum)
      throw new Error(`${source} has SHA-256 ${found}, and SHA256SUMS says ${sum}: type npm run build again`);
    await rename(part, target);
  } finally {
    await rm(part, { force: true });
  }
}

async function readEntry(folder: string, path: string): Promise<PoolEntry> {
  const file = join(folder, path);
  const [facts, { size }, sum] = await Promise.all([readDeb(file), stat(file), sumFile(file)]);
  return { ...facts, path, size, sum };
}
