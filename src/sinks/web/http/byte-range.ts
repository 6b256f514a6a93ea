/** A part of a file; the first and the last byte are in it. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * The part of a file of `bytes` that a Range header asks for. undefined is the whole file: RFC
 * 9110, section 14.2, allows it for several ranges and for a range that is not understood.
 * `'none'`: the file is shorter.
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
