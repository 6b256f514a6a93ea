import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The folder and those above it. Node's own `recursive` tries for ever in a file system that takes none, such as /proc. @throws Error of the system */
export async function makeFolders(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return;
  if (dirname(path) !== path) await makeFolders(dirname(path));
  await mkdir(path).catch((error: NodeJS.ErrnoException) => {
    // Somebody else may have been faster.
    if (error.code !== 'EEXIST' || found !== undefined) throw error;
  });
}
