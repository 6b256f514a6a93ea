import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openArchive } from '../debian/archive.ts';
import { userCachePath } from '../debian/user-cache.ts';
import { SOURCE_PINS, type SourceName, type SourcePin } from './recipe.ts';
import type { Step } from './steps.ts';

/**
 * Fetches the pinned files of a source package into the cache, and unpacks and patches them in the step's `src`.
 * @param unused patterns of tar for what is left out
 */
export async function unpackSource(step: Step, name: SourceName, unused: readonly string[] = []): Promise<string> {
  const pin: SourcePin = SOURCE_PINS[name];
  const directory = join(step.folder, 'src');
  await mkdir(directory);
  const tarballs = await fetchSource(pin);
  const left = unused.map((pattern) => `--exclude=${pattern}`);
  for (const [index, tarball] of tarballs.entries()) {
    // The first is upstream's, with a folder of its own name on top; Debian's has `debian/`.
    const strip = index === 0 ? ['--strip-components=1'] : [];
    await step.run('tar', ['-xf', tarball, '-C', directory, ...strip, ...left]);
  }
  await applyDebianPatches(step, directory);
  return directory;
}

/** Fetches all source packages into the cache, where `unpackSource` finds them. */
export async function fetchSources(): Promise<void> {
  for (const pin of Object.values(SOURCE_PINS)) await fetchSource(pin);
}

/** Gives the paths of the files. */
async function fetchSource(pin: SourcePin): Promise<string[]> {
  const archive = await openArchive({ suite: 'trixie', arch: 'amd64' });
  const paths: string[] = [];
  for (const [poolPath, sha256] of pin.files) {
    paths.push(await archive.fetchPool(poolPath, sha256, userCachePath('native', 'sources')));
  }
  return paths;
}

async function applyDebianPatches(step: Step, directory: string): Promise<void> {
  const patches = join(directory, 'debian/patches');
  if (!existsSync(join(patches, 'series'))) return;
  const series = await readFile(join(patches, 'series'), 'utf8');
  for (const line of series.split('\n')) {
    const name = line.replace(/#.*/, '').trim().split(/\s+/)[0];
    if (name)
      await step.run('patch', ['-p1', '--no-backup-if-mismatch', '-i', join(patches, name)], { cwd: directory });
  }
}

/** The names of the files in a folder that end in `suffix`, sorted. */
export async function listFiles(directory: string, suffix: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => name.endsWith(suffix)).sort();
}
