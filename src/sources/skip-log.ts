import type { FrameLimits } from '../protocol/frame.ts';
import type { SkippedBytes } from '../protocol/jpeg/skipped-bytes.ts';
import { formatBytes } from '../system/byte-units.ts';
import { counted } from '../system/counted.ts';
import type { Log } from '../system/log.ts';
import { isPowerOfTwo } from '../system/power-of-two.ts';

/** The options that set the limits. */
const optionOf: Record<string, string> = { FRAME_TOO_LONG: ' (--max-frame)', PICTURE_TOO_LARGE: ' (--max-size)' };

/**
 * Counts what a source gave that cannot be sent, and says so at the 1st, 2nd, 4th, 8th ... time.
 */
export class SkipLog {
  readonly #log: Log;
  readonly #where: string;
  readonly #limits: FrameLimits | undefined;
  #tooLong = 0;
  #tooLarge = 0;
  pieces = 0;
  bytes = 0;

  /**
   * @param where they come from, for a person: `standard input`
   * @param limits that pictures are held to, for the summary
   */
  constructor(log: Log, where: string, limits?: FrameLimits) {
    this.#log = log;
    this.#where = where;
    this.#limits = limits;
  }

  add({ bytes, code, reason, isRest = false }: Omit<SkippedBytes, 'type'>, where = this.#where): void {
    this.bytes += bytes;
    if (isRest) return;
    this.pieces++;
    if (code === 'FRAME_TOO_LONG') this.#tooLong++;
    if (code === 'PICTURE_TOO_LARGE') this.#tooLarge++;
    // A camera that is ill says so with every frame.
    if (!isPowerOfTwo(this.pieces)) return;
    const all = this.pieces === 1 ? '' : `; ${this.pieces} pieces, ${this.bytes} bytes, so far`;
    this.#log.warn(`skipped ${bytes} bytes of ${where}: ${reason}${optionOf[code] ?? ''} [${code}]${all}`);
  }

  /** All of it in a few words; undefined where there was nothing. */
  get summary(): string | undefined {
    if (this.pieces === 0) return undefined;
    const { maxFrameBytes, maxWidth, maxHeight } = this.#limits ?? {};
    const frameLimit = maxFrameBytes === undefined ? '' : ` (${formatBytes(maxFrameBytes)})`;
    const sizeLimit = maxWidth === undefined ? '' : ` (${maxWidth}x${maxHeight})`;
    const kinds = [
      [this.#tooLong, `over --max-frame${frameLimit}`],
      [this.#tooLarge, `over --max-size${sizeLimit}`],
      [this.pieces - this.#tooLong - this.#tooLarge, 'no whole picture'],
    ] as const;
    const found = kinds.flatMap(([count, what]) => (count > 0 ? [`${count} ${what}`] : []));
    const what = counted(this.pieces, 'piece', 'pieces');
    return `skipped ${what} of ${formatBytes(this.bytes)}: ${found.join(', ')}`;
  }
}
