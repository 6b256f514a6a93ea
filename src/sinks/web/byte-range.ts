/** A part of a file: from the first byte to the last, both included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * What a Range header asks for of a file of `bytes`: undefined is the whole, as it is for what is not understood or is several ranges
 * (RFC 9110, 14.2); `'none'` when the file is not that long.
 */
export function readRange(header: string | undefined, bytes: number): ByteRange | undefined | 'none' {
  const [, from = '', to = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? [];
  if (from === '' && to === '') return undefined;
  if (from === '') {
    const tail = Math.min(Number(to), bytes);
    return tail === 0 ? 'none' : { first: bytes - tail, last: bytes - 1 };
  }
  const first = Number(from);
  const last = to === '' ? bytes - 1 : Math.min(Number(to), bytes - 1);
  if (to !== '' && Number(to) < first) return undefined;
  return first >= bytes ? 'none' : { first, last };
}
