import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it where they are missing. Node's own `recursive` tries for ever
 * in a file system that takes no folders, such as /proc.
 * @param mode of the folders that are made; undefined: as the umask leaves it
 * @throws Error of the system; with code ENOTDIR where a file is in the place of one of them
 */
export async function makeFolders(path: string, mode?: number): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return;
  if (found !== undefined) throw Object.assign(new Error(`${path} is no folder`), { code: 'ENOTDIR' });
  if (dirname(path) !== path) await makeFolders(dirname(path), mode);
  await mkdir(path, mode).catch((error: NodeJS.ErrnoException) => {
    // Another program may have made it since.
    if (error.code !== 'EEXIST') throw error;
  });
}
