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
