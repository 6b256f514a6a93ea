import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** SHA-256 over names and contents; a folder with another name changes nothing. @param files within this folder */
export async function hashFiles(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) {
    hash.update(`\n${basename(file)}\n`).update(await readFile(join(import.meta.dirname, file)));
  }
  return hash.digest('hex');
}
