import { Buffer } from 'node:buffer';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatSeal } from '../../src/opencv/seal.ts';
import { ADDON_NAME } from '../native/addon.ts';
import { listAddonFiles } from '../native/cache.ts';

/**
 * Copies an addon folder's files except its licences; a file that is the same already is left alone.
 * @param build the seal that the addon gets
 */
export async function copyAddon(from: string, to: string, build: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const name of await listAddonFiles(from)) {
    const original = await readFile(join(from, name));
    const bytes = name === ADDON_NAME ? Buffer.concat([original, Buffer.from(formatSeal(build))]) : original;
    const present = await readFile(join(to, name)).catch(() => undefined);
    if (present?.equals(bytes)) continue;
    // By a rename: a program may have the old one loaded.
    const part = join(to, `.${name}.${process.pid}`);
    await writeFile(part, bytes);
    await rename(part, join(to, name));
  }
}
