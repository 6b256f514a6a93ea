import type { CapturedFrame, FrameLimits } from '../protocol/frame.ts';
import { JpegSplitter } from '../protocol/jpeg/jpeg-splitter.ts';
import type { SkippedBytes } from '../protocol/jpeg/skipped-bytes.ts';
import { detectProtocol } from '../protocol/protocol-detection.ts';
import { readCaptureTime } from '../system/clock.ts';

/** Input without a picture for so long is no stream of JPEGs. */
const maxBytesWithoutPicture = 2 ** 24;
/** The first bytes, which show the format. */
const headBytes = 4;

/**
 * A stream that will not give pictures. The message says what it gives in their place: `H.264, and
 * JPEGs are needed`.
 */
export class NoPicturesError extends Error {}

/**
 * The JPEGs of a stream of bytes, untouched, each with the time at which its first bytes were here.
 *
 * Ends with the stream, and throws what it throws. A picture without Huffman tables gets the
 * standard ones.
 * @param onSkipped called for bytes that are no whole picture within `limits`
 * @throws NoPicturesError when it is H.264, or gives no picture for 16 MiB, or `maxFrameBytes` if
 * that is more
 */
export async function* readJpegStream(
  chunks: AsyncIterable<Uint8Array>,
  limits: FrameLimits,
  onSkipped: (stretch: SkippedBytes) => void,
): AsyncGenerator<CapturedFrame, void, undefined> {
  const splitter = new JpegSplitter(limits);
  const patience = new Patience(Math.max(maxBytesWithoutPicture, limits.maxFrameBytes));
  let begun = readCaptureTime();
  for await (const chunk of chunks) {
    const now = readCaptureTime();
    if (!splitter.isWithinPicture) begun = now;
    for (const found of splitter.decode(chunk)) {
      if (found.type === 'skipped') {
        onSkipped(found);
        continue;
      }
      const { jpeg, width, height } = found;
      patience.renew();
      yield { jpeg, width, height, ...begun };
      begun = now;
    }
    patience.count(chunk);
  }
  for (const found of splitter.finish()) {
    if (found.type === 'skipped') onSkipped(found);
    else yield { jpeg: found.jpeg, width: found.width, height: found.height, ...begun };
  }
}

/** Knows when a stream will not give pictures. */
class Patience {
  readonly #max: number;
  /** Of the stream, as far as it takes to know what it is. */
  #head = new Uint8Array();
  /** Since the last picture. */
  #bytes = 0;

  constructor(max: number) {
    this.#max = max;
  }

  renew(): void {
    this.#bytes = 0;
  }

  /** @throws NoPicturesError */
  count(chunk: Uint8Array): void {
    if (this.#head.length < headBytes) {
      this.#head = Uint8Array.of(...this.#head, ...chunk.subarray(0, headBytes));
      if (detectProtocol(this.#head) === 'h264') throw new NoPicturesError('H.264, and JPEGs are needed');
    }
    this.#bytes += chunk.length;
    if (this.#bytes <= this.#max) return;
    throw new NoPicturesError(`no picture, which must come within ${this.#max} bytes`);
  }
}
