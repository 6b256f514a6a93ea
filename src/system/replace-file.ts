import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolders } from './folders.ts';

/**
 * Writes a file that no other user can read, whole or not at all: also where the power fails. Its
 * folder is made where it is missing.
 * @throws Error of the system
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const partial = `${path}.${randomUUID()}.part`;
  await makeFolders(dirname(path), 0o700);
  try {
    await using file = await open(partial, 'wx', 0o600);
    await file.writeFile(text);
    await file.sync();
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw error;
  }
}
