import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { holdLock } from '../../scripts/debian/lock.ts';
import { userCachePath } from '../../scripts/debian/user-cache.ts';

/**
 * The folder that a recipe makes, in the user cache under `area`: made once, and whole or not at all. Another recipe
 * is another folder. Processes that want the same wait for the one that makes it.
 */
export async function cacheFolder(
  area: string,
  recipe: unknown,
  make: (directory: string) => Promise<void>,
): Promise<string> {
  const key = createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 16);
  const directory = userCachePath(area, key);
  if (existsSync(directory)) return directory;
  const release = await holdLock(`${directory}.lock`, () => process.stderr.write(`test: waiting for ${area}\n`));
  try {
    if (existsSync(directory)) return directory;
    const part = userCachePath(area, `${key}.part`);
    await rm(part, { recursive: true, force: true });
    await mkdir(part, { recursive: true });
    await make(part);
    await rename(part, directory);
    // A process that still waits for this lock, or takes a new one, finds the folder.
    await rm(`${directory}.lock`, { force: true });
    return directory;
  } finally {
    await release();
  }
}

/** The one file that a recipe makes, named `name`. See cacheFolder. */
export async function cacheFile(
  area: string,
  name: string,
  recipe: unknown,
  make: (path: string) => Promise<void>,
): Promise<string> {
  const directory = await cacheFolder(area, [name, recipe], (part) => make(join(part, name)));
  return join(directory, name);
}
