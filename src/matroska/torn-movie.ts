import { encodeHead, frameHeadBytes } from './head.ts';
import { type Pieces, readHead, readPlaces } from './movie-reader.ts';
import { MovieWriter } from './movie-writer.ts';

/**
 * A writer that stands where the one stood that did not come to the end of a file: behind the last picture that is there whole. Reads all of
 * the file, a little of each picture. Undefined where the file is none that ours began and did not complete, or is without a picture.
 */
export async function resumeMovie(pieces: Pieces): Promise<MovieWriter | undefined> {
  const head = await readHead(pieces);
  if (head === undefined || head.cuesAt !== undefined) return undefined;
  const ours = encodeHead(head, head);
  const begin = await pieces.read(0, ours.length);
  if (head.framesAt !== ours.length || begin.some((byte, i) => byte !== ours[i])) return undefined;
  const movie = new MovieWriter(head);
  for await (const { capturedAtUs, position, bytes } of readPlaces(pieces, head)) {
    const atUs = capturedAtUs - head.startUs;
    if (position !== movie.bytes + frameHeadBytes || atUs < movie.lastUs) break;
    movie.add(atUs, bytes);
  }
  return movie.frames === 0 ? undefined : movie;
}
