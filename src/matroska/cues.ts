import { encodeElement, encodeUnsigned, ids } from './elements.ts';
import { segmentAt } from './header.ts';

/** The most cues: they take 90 kB in the file. */
const maxCues = 4096;
/** Bytes of each. */
export const cueBytes = 23;

/**
 * The positions of pictures, for players that seek: of each picture, and in long files of every
 * second, every fourth, and so on.
 */
export class Cues {
  #points: { readonly atUs: number; readonly position: number }[] = [];
  #stride = 1;
  #count = 0;

  /**
   * @param atUs after the first picture
   * @param position of the cluster of the picture, from the start of the file
   */
  add(atUs: number, position: number): void {
    if (this.#count++ % this.#stride !== 0) return;
    this.#points.push({ atUs, position });
    if (this.#points.length < maxCues) return;
    this.#points = this.#points.filter((_, i) => i % 2 === 0);
    this.#stride *= 2;
  }

  encode(): Uint8Array<ArrayBuffer> {
    const points = this.#points.map(({ atUs, position }) =>
      encodeElement(
        ids.cuePoint,
        encodeUnsigned(ids.cueTime, atUs, 6),
        encodeElement(
          ids.cueTrackPositions,
          encodeUnsigned(ids.cueTrack, 1),
          encodeUnsigned(ids.cueClusterPosition, position - segmentAt, 6),
        ),
      ),
    );
    return encodeElement(ids.cues, ...points);
  }
}
