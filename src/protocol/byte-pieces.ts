/** The sum of the lengths. */
export function countBytes(pieces: readonly { readonly length: number }[]): number {
  return pieces.reduce((bytes, { length }) => bytes + length, 0);
}

/** A copy of all pieces, one behind the other. */
export function joinBytes(pieces: readonly ArrayLike<number>[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(countBytes(pieces));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
