import { access, constants } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CodedError } from '../../errors.ts';
import { adviseWrite, describeWriteError } from '../../system/file-error.ts';
import { makeFolders } from '../../system/folders.ts';

/**
 * Makes a folder where it is missing, and checks that files can be written there.
 * @param action for messages: `record to`
 * @throws CodedError OUTPUT_FAILED
 */
export async function prepareFolder(folder: string, action: string): Promise<void> {
  const path = resolve(folder);
  try {
    await makeFolders(path);
    await access(path, constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = await describeWriteError(error, path);
    const advice = adviseWrite(error, path);
    throw new CodedError('OUTPUT_FAILED', `Cannot ${action} ${folder}: ${reason}${advice}`);
  }
}
