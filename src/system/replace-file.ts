import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolders } from './folders.ts';

/**
 * Writes a file that no other user can read, whole or not at all: also where the power fails. Its
 * folder is made where it is missing. It belongs to the owner of the folder, also where root writes
 * it: a service must be able to read it.
 * @throws Error of the system
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  // Always the same name: a program that is killed leaves one such file, and the next takes it.
  const partial = `${path}.part`;
  await makeFolders(dirname(path), 0o700);
  const { uid, gid } = await stat(dirname(path));
  try {
    await rm(partial, { force: true });
    await using file = await open(partial, 'wx', 0o600);
    const own = await file.stat();
    if (own.uid !== uid) await file.chown(uid, gid);
    await file.writeFile(text);
    await file.sync();
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw error;
  }
}
