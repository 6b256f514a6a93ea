import process from 'node:process';
import { CodedError } from '../errors.ts';
import { describeFileError } from './file-error.ts';

/**
 * Writes a text to standard output; resolves when it is written, or its reader is gone.
 * @throws CodedError OUTPUT_FAILED when it cannot be written, as on a full disk
 */
export function printText(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (error?: NodeJS.ErrnoException | null) => {
      if (error === undefined || error === null || error.code === 'EPIPE') return resolve();
      reject(new CodedError('OUTPUT_FAILED', `Cannot write to standard output: ${describeFileError(error)}`));
    };
    process.stdout.on('error', end);
    try {
      process.stdout.write(`${text}\n`, end);
    } catch (error) {
      // Deno writes to a file at once, and throws.
      end(error as Error);
    }
  });
}
