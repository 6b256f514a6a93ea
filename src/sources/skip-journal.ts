import type { SkippedStretch } from '../protocol/jpeg-stretch.ts';
import type { Log } from '../system/log.ts';

/** The options that set the limits. */
const optionOf: Record<string, string> = { FRAME_TOO_LONG: ' (--max-frame)', PICTURE_TOO_LARGE: ' (--max-size)' };

/** Counts what a source gave that is no whole picture, and says so at the 1st, 2nd, 4th, 8th ... time. */
export class SkipJournal {
  readonly #log: Log;
  readonly #where: string;
  stretches = 0;
  bytes = 0;

  /** @param where they come from, for a person: `standard input` */
  constructor(log: Log, where: string) {
    this.#log = log;
    this.#where = where;
  }

  add({ bytes, code, reason, isRest = false }: Omit<SkippedStretch, 'type'>, where = this.#where): void {
    this.bytes += bytes;
    if (isRest) return;
    this.stretches++;
    // A camera that is ill says so with every frame.
    if ((this.stretches & (this.stretches - 1)) !== 0) return;
    const all = this.stretches === 1 ? '' : `; ${this.stretches} stretches and ${this.bytes} bytes so far`;
    this.#log.warn(`skipped ${bytes} bytes of ${where}: ${reason}${optionOf[code] ?? ''} [${code}]${all}`);
  }
}
