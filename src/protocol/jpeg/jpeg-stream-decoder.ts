import { ProtocolError } from '../errors.ts';
import type { FrameLimits } from '../frame.ts';
import { isForeign } from './jpeg-problems.ts';
import { JpegSplitter, type SplitPicture, type SplitResult } from './jpeg-splitter.ts';
import { maxSkippedBytes, type SkippedBytes } from './skipped-bytes.ts';

/**
 * So many bytes of pictures over a limit may come in a row, beyond the longest picture that is
 * allowed.
 */
const maxExcessBytes = 2 ** 24;

/**
 * Turns the bytes of a plain sender into pictures, whatever pieces they come in, and skips all
 * other bytes.
 */
export class JpegStreamDecoder {
  readonly #splitter: JpegSplitter;
  readonly #limits: FrameLimits;
  readonly #framingBytes: number;
  readonly #onSkipped: (skipped: SkippedBytes) => void;
  /** Bytes skipped since the last picture: of no JPEG, of torn JPEGs, and of JPEGs over a limit. */
  #garbageBytes = 0;
  #tornBytes = 0;
  #excessBytes = 0;

  /**
   * @param framingBytes so many may come between two pictures and are no garbage, such as the
   * headers of a part of multipart
   * @param onSkipped called with torn JPEGs, garbage, and pictures over a limit
   */
  constructor(limits: FrameLimits, framingBytes: number, onSkipped: (skipped: SkippedBytes) => void) {
    this.#splitter = new JpegSplitter(limits);
    this.#limits = limits;
    this.#framingBytes = framingBytes;
    this.#onSkipped = onSkipped;
  }

  /** Whether a picture has begun and not ended. */
  get isWithinPicture(): boolean {
    return this.#splitter.isWithinPicture;
  }

  /**
   * The pictures that `chunk` completes; a picture that is most of it is a view of it. Undefined
   * where other connections may have their turn.
   * @throws ProtocolError FRAME_TOO_LONG, PICTURE_TOO_LARGE, NOT_JPEG where too much comes without
   * a picture
   */
  decode(chunk: Uint8Array): Generator<SplitPicture | undefined, void, undefined> {
    return this.#pass(this.#splitter.decodeInParts(chunk));
  }

  /**
   * Says that the stream has ended: another may begin.
   * @throws ProtocolError as `decode`, and TORN_FRAME
   */
  *finish(): Generator<SplitPicture | undefined, void, undefined> {
    const wasWithinPicture = this.isWithinPicture;
    let rest: SplitResult | undefined;
    for (const one of this.#splitter.finishInParts()) {
      if (one === undefined) {
        yield undefined;
        continue;
      }
      if (rest !== undefined) yield* this.#pass([rest]);
      rest = one;
    }
    const isTorn = wasWithinPicture && rest?.type === 'skipped' && rest.code !== 'FRAME_TOO_LONG';
    if (rest !== undefined && !isTorn) yield* this.#pass([rest]);
    this.#reset();
    if (isTorn) throw new ProtocolError('TORN_FRAME', 'The stream ended within a JPEG, which is dropped');
  }

  *#pass(found: Iterable<SplitResult | undefined>): Generator<SplitPicture | undefined, void, undefined> {
    for (const one of found) {
      if (one === undefined) {
        yield undefined;
        continue;
      }
      if (one.type === 'skipped') {
        this.#skip(one);
        yield undefined;
        continue;
      }
      this.#reset();
      yield one;
    }
  }

  #reset(): void {
    this.#garbageBytes = 0;
    this.#tornBytes = 0;
    this.#excessBytes = 0;
  }

  #skip(skipped: SkippedBytes): void {
    const { bytes, code, reason, isRest = false } = skipped;
    const isGarbage = isForeign(skipped);
    if (isGarbage && bytes <= this.#framingBytes) return;
    if (!isRest) this.#onSkipped(skipped);
    if (isGarbage) this.#garbageBytes += bytes;
    else if (isExcess(skipped)) this.#excessBytes += bytes;
    else this.#tornBytes += bytes;
    const longest = this.#limits.maxFrameBytes;
    if (this.#excessBytes > longest + Math.max(longest, maxExcessBytes)) {
      throw new ProtocolError(code, `Cannot accept a picture as ${reason}`);
    }
    if (this.#garbageBytes >= maxSkippedBytes) throw notPictures(maxSkippedBytes, this.#garbageBytes);
    const maxTornBytes = Math.max(maxSkippedBytes, this.#limits.maxFrameBytes);
    if (this.#tornBytes > maxTornBytes) throw notPictures(maxTornBytes, this.#tornBytes);
  }
}

/** Whether the bytes are of a picture over a limit. */
export function isExcess({ code }: Pick<SkippedBytes, 'code'>): boolean {
  return code === 'FRAME_TOO_LONG' || code === 'PICTURE_TOO_LARGE';
}

function notPictures(limit: number, bytes: number): ProtocolError {
  return new ProtocolError(
    'NOT_JPEG',
    `Cannot go on as a whole JPEG must come within ${limit} bytes: none did in ${bytes}`,
  );
}
