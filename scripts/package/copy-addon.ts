import { copyFile, mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { listAddonFiles } from '../native/cache.ts';

/** Copies an addon folder's files except its licences; a file that is the same already is left alone. */
export async function copyAddon(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const name of await listAddonFiles(from)) {
    const bytes = await readFile(join(from, name));
    const present = await readFile(join(to, name)).catch(() => undefined);
    if (present?.equals(bytes)) continue;
    // By a rename: a program may have the old one loaded.
    const part = join(to, `.${name}.${process.pid}`);
    await copyFile(join(from, name), part);
    await rename(part, join(to, name));
  }
}
