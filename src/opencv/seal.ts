import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

// The build of an addon is at the end of its file, behind all that the dynamic loader reads. It is
// read without loading the file: the addon of another build could end the process.

const pattern = /\nimage-socket addon ([0-9a-f]{12})\n$/;

/** The last bytes of an addon. @param build 12 hex digits */
export function formatSeal(build: string): string {
  return `\nimage-socket addon ${build}\n`;
}

/** The build of the addon in that file; undefined where the file does not end with a seal. */
export function readSeal(path: string): string | undefined {
  const length = formatSeal('0'.repeat(12)).length;
  const file = openSync(path, 'r');
  try {
    const bytes = new Uint8Array(length);
    readSync(file, bytes, 0, length, Math.max(0, fstatSync(file).size - length));
    return pattern.exec(String.fromCharCode(...bytes))?.[1];
  } finally {
    closeSync(file);
  }
}
