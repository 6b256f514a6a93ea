import { ProtocolError } from './errors.ts';
import { checkPictureSize, type FrameLimits } from './frame.ts';
import { type Found, JpegSplitter, mostStretchBytes, type SkippedStretch, type SplitPicture } from './jpeg-splitter.ts';

/** The most that the size in a JPEG can be: its own limit is looked at when it is whole. */
const anySize = { maxWidth: 0xffff, maxHeight: 0xffff };

/** Turns the bytes of a sender that knows none of our wires into pictures, whatever pieces they come in, and skips what is none. */
export class PlainDecoder {
  readonly #splitter: JpegSplitter;
  readonly #limits: FrameLimits;
  readonly #framingBytes: number;
  readonly #onSkipped: () => void;
  /** Since the last picture: where no JPEG began, and torn ones. */
  #garbageBytes = 0;
  #tornBytes = 0;

  /**
   * @param framingBytes so many may stand between two pictures and belong there, such as the headers of a part of multipart
   * @param onSkipped a torn or foreign stretch was skipped
   */
  constructor(limits: FrameLimits, framingBytes: number, onSkipped: () => void) {
    this.#splitter = new JpegSplitter({ ...limits, ...anySize });
    this.#limits = limits;
    this.#framingBytes = framingBytes;
    this.#onSkipped = onSkipped;
  }

  /** Whether a picture has begun and not ended. */
  get isWithinPicture(): boolean {
    return this.#splitter.isWithinPicture;
  }

  /**
   * The pictures that `chunk` completes; one that is most of it is a view of it.
   * @throws ProtocolError FRAME_TOO_LONG, PICTURE_TOO_LARGE, NOT_JPEG where too much comes that is no picture
   */
  decode(chunk: Uint8Array): Generator<SplitPicture, void, undefined> {
    return this.#pass(this.#splitter.decode(chunk));
  }

  /** Says that the stream has ended: another may begin. @throws ProtocolError as `decode`, and TORN_FRAME */
  *finish(): Generator<SplitPicture, void, undefined> {
    const wasWithinPicture = this.isWithinPicture;
    const found = this.#splitter.finish();
    const rest = found.at(-1);
    const isTorn = wasWithinPicture && rest?.type === 'skipped' && rest.code !== 'FRAME_TOO_LONG';
    yield* this.#pass(isTorn ? found.slice(0, -1) : found);
    this.#garbageBytes = 0;
    this.#tornBytes = 0;
    if (isTorn) throw new ProtocolError('TORN_FRAME', 'The stream ended within a JPEG, which is dropped');
  }

  *#pass(found: readonly Found[]): Generator<SplitPicture, void, undefined> {
    for (const one of found) {
      if (one.type === 'skipped') {
        this.#skip(one);
        continue;
      }
      checkPictureSize(one, this.#limits);
      this.#garbageBytes = 0;
      this.#tornBytes = 0;
      yield one;
    }
  }

  #skip({ bytes, code, reason }: SkippedStretch): void {
    if (code === 'FRAME_TOO_LONG') throw new ProtocolError(code, `Cannot take a picture as ${reason}`);
    const isGarbage = code === 'NOT_JPEG';
    if (isGarbage && bytes <= this.#framingBytes) return;
    this.#onSkipped();
    if (isGarbage) this.#garbageBytes += bytes;
    else this.#tornBytes += bytes;
    if (this.#garbageBytes >= mostStretchBytes) throw notPictures(mostStretchBytes, this.#garbageBytes);
    const mostTornBytes = Math.max(mostStretchBytes, this.#limits.maxFrameBytes);
    if (this.#tornBytes > mostTornBytes) throw notPictures(mostTornBytes, this.#tornBytes);
  }
}

function notPictures(limit: number, bytes: number): ProtocolError {
  return new ProtocolError(
    'NOT_JPEG',
    `Cannot go on as a whole JPEG must come within ${limit} bytes: none did in ${bytes}`,
  );
}
