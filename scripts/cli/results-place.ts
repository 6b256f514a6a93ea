import { open, readdir, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import process from 'node:process';
import { makeFolders } from '../../src/system/folders.ts';

/** The place that a user means by a path: npm starts a script in the project's folder, wherever it was called. */
export function resolvePlace(path: string): string {
  return resolve(process.env['INIT_CWD'] ?? '.', path);
}

/**
 * Makes sure before a long run that its results can be written, and makes the folders that are missing.
 * @param path of `--out`, absolute
 * @param others files that the run writes besides
 * @throws Error with the reason and the next step
 */
export async function prepareResultsFile(path: string, ...others: readonly string[]): Promise<void> {
  try {
    await makeFolders(dirname(path));
    for (const file of [path, ...others]) await tryToWrite(file);
  } catch (error) {
    throw new Error(`Cannot keep the results in ${path}: ${explain(error)}. Give another file with --out`);
  }
}

/**
 * The same for a folder. Results that are there stay: a run of other rows would overwrite them.
 * @param isResult whether a file of this name is a result of an earlier run
 */
export async function prepareResultsFolder(path: string, isResult: (name: string) => boolean): Promise<void> {
  const found = await makeFolders(path)
    .then(() => tryToWrite(resolve(path, '.results')))
    .then(() => readdir(path))
    .catch((error: unknown) => {
      throw new Error(`Cannot keep the results in ${path}: ${explain(error)}. Give another folder with --out`);
    });
  const used = found.find(isResult);
  if (used !== undefined)
    throw new Error(
      `Cannot keep the results in ${path}: ${used} of an earlier run is there. Give another folder with --out`,
    );
}

/** Opens a file to write to it, and leaves nothing new behind. */
async function tryToWrite(file: string): Promise<void> {
  const isThere = await stat(file).then(
    () => true,
    () => false,
  );
  await (await open(file, 'a')).close();
  if (!isThere) await rm(file);
}

function explain(error: unknown): string {
  const { code, message = String(error), path = 'the file' } = error as NodeJS.ErrnoException;
  if (code === 'EISDIR') return `${path} is a folder, and must be a file`;
  if (code === 'ENOTDIR') return `one of its folders is a file (${message})`;
  return message;
}
