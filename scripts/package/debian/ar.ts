import { Buffer } from 'node:buffer';

/** A file of an `ar` archive. */
export interface ArMember {
  /** At most 15 ASCII characters. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

const magic = '!<arch>\n';

/**
 * An `ar` archive as deb(5) wants it: owner 0, mode 100644, and one time for all.
 * @param timeSeconds since 1970
 */
export function formatAr(members: readonly ArMember[], timeSeconds: number): Buffer {
  const parts = members.flatMap(({ name, bytes }) => {
    const fields = [name.padEnd(16), `${timeSeconds}`.padEnd(12), '0     ', '0     ', '100644  '];
    const header = `${fields.join('')}${`${bytes.length}`.padEnd(10)}\`\n`;
    // The next header begins at an even place.
    return [Buffer.from(header, 'latin1'), bytes, Buffer.from(bytes.length % 2 === 0 ? '' : '\n')];
  });
  return Buffer.concat([Buffer.from(magic), ...parts]);
}

/**
 * Reads what `formatAr` writes.
 * @param what names the file in errors
 * @returns the members, and the time of the first, since 1970
 * @throws Error for anything else
 */
export function readAr(bytes: Buffer, what: string): { members: ArMember[]; timeSeconds: number } {
  if (bytes.toString('latin1', 0, magic.length) !== magic) throw new Error(`Cannot read ${what}: it is no ar archive`);
  const members: ArMember[] = [];
  let timeSeconds = 0;
  for (let offset = magic.length; offset < bytes.length; ) {
    const header = bytes.toString('latin1', offset, offset + 60);
    const [, name = '', time, size] = /^(\S+) +(\d+) +\d+ +\d+ +\d+ +(\d+) +`\n$/.exec(header) ?? [];
    const end = offset + 60 + Number(size);
    // Without a header, the end is no number.
    if (!(end <= bytes.length)) throw new Error(`Cannot read ${what}: it is cut off, or damaged at byte ${offset}`);
    if (members.length === 0) timeSeconds = Number(time);
    members.push({ name: name.replace(/\/$/, ''), bytes: bytes.subarray(offset + 60, end) });
    offset = end + (Number(size) % 2);
  }
  return { members, timeSeconds };
}
