import { access, constants, mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { CodedError } from '../../protocol/errors.ts';
import { describeFileError } from '../../system/file-reason.ts';

/** Makes a folder to write to where it is missing. @param purpose goes on in `Cannot ... x: the disk is full`. @throws CodedError OUTPUT_FAILED */
export async function prepareFolder(directory: string, purpose: string): Promise<void> {
  try {
    await makeFolders(resolve(directory));
    await access(directory, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new CodedError('OUTPUT_FAILED', `Cannot ${purpose} ${directory}: ${describeFileError(error)}`);
  }
}

/** The folder and those above it. Node's own `recursive` tries for ever in a file system that takes none, such as /proc. */
export async function makeFolders(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return;
  if (dirname(path) !== path) await makeFolders(dirname(path));
  await mkdir(path).catch((error: NodeJS.ErrnoException) => {
    // Another program may have been faster.
    if (error.code !== 'EEXIST' || found !== undefined) throw error;
  });
}
