import type { Readable } from 'node:stream';

/**
 * Calls `ended` once, at the first sign that no bytes will come: the end, an error, or that the
 * stream closes. One that is destroyed closes without an end. @param ended gets the error
 */
export function listenForEnd(stream: Readable, ended: (error?: Error) => void): void {
  let isOver = false;
  const end = (error?: Error) => {
    if (!isOver) ended(error);
    isOver = true;
  };
  stream.once('end', () => end());
  stream.once('error', end);
  stream.once('close', () => end());
  if (stream.closed) end();
}
