import { join } from 'node:path';
import process from 'node:process';
import { extractDebs, openArchive } from '../../scripts/debian/archive.ts';
import { cacheFolder } from './cache.ts';

/** A folder with the files of Debian packages, without those that they depend on. Nothing is installed. */
export function unpackPackages(names: readonly string[]): Promise<string> {
  const arch = process.arch === 'arm64' ? 'arm64' : 'amd64';
  return cacheFolder('debian-files', ['bookworm', arch, names], async (part) => {
    const archive = await openArchive({ suite: 'bookworm', arch });
    await extractDebs(await archive.downloadPackages(names, join(part, 'debs')), part);
  });
}
