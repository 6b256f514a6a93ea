import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { requireCommand } from '../debian/command.ts';
import { SIGNATURE, SUMS } from './files.ts';

/** Keeps a signature of ours from being one for something else. The installer has it, too. */
export const SIGNATURE_NAMESPACE = 'image-socket';

/** A file, and its SHA-256 in hex. */
export interface Sum {
  readonly name: string;
  readonly sum: string;
}

/** Writes SHA256SUMS of these files into their folder, and takes an old signature away. */
export async function writeSums(folder: string, names: readonly string[]): Promise<void> {
  const lines: string[] = [];
  for (const name of [...names].sort()) lines.push(`${await sumFile(join(folder, name))}  ${name}\n`);
  const part = join(folder, `.${SUMS}.part-${process.pid}`);
  await writeFile(part, lines.join(''));
  await rm(join(folder, SIGNATURE), { force: true });
  await rename(part, join(folder, SUMS));
}

/** @throws Error with the next step where the list is missing, or is none */
export async function readSums(folder: string): Promise<Sum[]> {
  const text = await readFile(join(folder, SUMS), 'utf8').catch((error: Error) => {
    throw new Error(`Cannot read the sums of the files: ${error.message}. Type npm run build first`);
  });
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [, sum, name] = /^([0-9a-f]{64}) [ *]([^/]+)$/.exec(line) ?? [];
      if (sum === undefined || name === undefined)
        throw new Error(`Cannot read ${join(folder, SUMS)}: '${line.slice(0, 80)}' is no sum and name`);
      return { name, sum };
    });
}

/** SHA-256 of a file, in hex. */
export async function sumFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

/**
 * Signs SHA256SUMS in that folder with ssh-keygen, which each Debian with an ssh client has.
 * @param key file of a private key, or of a public one whose private key an ssh agent has
 */
export async function signSums(folder: string, key: string): Promise<void> {
  // It asks before it overwrites a file.
  await rm(join(folder, SIGNATURE), { force: true });
  const args = ['-Y', 'sign', '-f', key, '-n', SIGNATURE_NAMESPACE, join(folder, SUMS)];
  await requireCommand(`Signing ${SUMS} with ${key}`, 'ssh-keygen', args, { timeoutMs: 120_000 });
}
