import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

// ELF-64 file header, System V ABI:
// https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
const headerBytes = 64;
const magic = 0x7f454c46;
const machines: Readonly<Record<number, string>> = { 62: 'x64', 183: 'arm64', 40: 'arm', 3: 'ia32' };

/**
 * Says why a shared library cannot be loaded here; undefined where nothing in its header speaks
 * against it.
 *
 * The dynamic loader would map a file that was copied in part, and crash at the missing bytes; and
 * it calls a library of another machine "not found".
 */
export function findLibraryProblem(path: string, architecture: string): string | undefined {
  const file = openSync(path, 'r');
  try {
    const header = new DataView(new ArrayBuffer(headerBytes));
    const read = readSync(file, header, 0, headerBytes, 0);
    if (read < headerBytes || header.getUint32(0) !== magic) return 'it is no library';
    const machine = machines[header.getUint16(18, true)] ?? 'another machine';
    if (machine !== architecture) return `it was made for ${machine}`;
    // The table of sections is the last part of the file.
    const tableAt = Number(header.getBigUint64(40, true));
    const wanted = tableAt + header.getUint16(58, true) * header.getUint16(60, true);
    const { size } = fstatSync(file);
    return size < wanted ? `only ${size} of its ${wanted} bytes are there` : undefined;
  } finally {
    closeSync(file);
  }
}
