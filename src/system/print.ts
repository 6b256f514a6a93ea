import process from 'node:process';

/** Writes a text to standard output; resolves when it is written, or its reader is gone. */
export function printText(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.on('error', () => resolve());
    process.stdout.write(`${text}\n`, () => resolve());
  });
}
