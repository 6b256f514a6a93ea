import type { CapturedFrame, FrameLimits } from '../../protocol/frame.ts';
import type { SkippedBytes } from '../../protocol/jpeg/skipped-bytes.ts';
import { onAbort } from '../../system/abort.ts';
import type { Child } from '../../system/child.ts';
import { SilenceTimer } from '../../system/silence-timer.ts';
import { JpegStream, NoPicturesError } from '../jpeg-stream.ts';
import type { SkipLog } from '../skip-log.ts';
import type { RunEnd } from './rpicam-restarts.ts';

export interface RunLimits extends FrameLimits {
  /** Milliseconds without a picture after which the program counts as hung. */
  readonly hangMs: number;
}

/** Between the end of the output and the end of the program. */
const farewellMs = 1000;

/** One run of rpicam-vid, from its start to its end. */
export class RpicamRun {
  readonly #program: string;
  readonly #child: Child;
  readonly #limits: RunLimits;
  readonly #skipped: SkipLog;
  #pictures = 0;
  /** By the steady clock. */
  #firstUs = 0;
  #lastUs = 0;
  /** Bytes that came before the first picture, and were none. */
  #prelude: SkippedBytes | undefined;
  /** Why it was ended. */
  #fault: string | undefined;
  #isHopeless = false;
  #how = 'closed its output';

  constructor(program: string, child: Child, limits: RunLimits, skipped: SkipLog) {
    this.#program = program;
    this.#child = child;
    this.#limits = limits;
    this.#skipped = skipped;
  }

  /**
   * Its pictures, until it ends, hangs or has to be ended, or `signal` aborts. It is gone when this
   * returns.
   */
  async *play(signal: AbortSignal): AsyncGenerator<CapturedFrame, void, undefined> {
    const stopWatching = onAbort(signal, () => void this.#child.stop());
    const onSkipped = (stretch: SkippedBytes) => {
      // The last picture is torn if the program was ended from here: that is no fault to report.
      if (!signal.aborted && !this.#isHopeless) this.#skip(stretch);
    };
    let silence = this.#awaitPicture();
    try {
      const pictures = new JpegStream(this.#child.input, { limits: this.#limits, onSkipped });
      for await (const frame of pictures) {
        // Only the time counts in which a picture is asked for.
        silence.stop();
        if (signal.aborted) return;
        this.#note(frame);
        yield frame;
        silence = this.#awaitPicture();
      }
      if (this.#fault === undefined) this.#how = (await this.#child.ended(farewellMs))?.how ?? this.#how;
    } catch (error) {
      if (!(error instanceof NoPicturesError)) throw error;
      this.#condemn(`gives ${error.message}`);
    } finally {
      silence.stop();
      stopWatching();
      await this.#child.stop();
    }
  }

  /** How it ended. */
  get end(): RunEnd {
    const isBarren = this.#pictures === 0;
    const what = this.#fault ?? (isBarren ? `${this.#how} without a picture` : this.#how);
    const prelude = this.#prelude;
    const skipped = isBarren && prelude ? `: ${prelude.bytes} bytes were skipped, as ${prelude.reason}` : '';
    return {
      program: this.#program,
      pictures: this.#pictures,
      deliveredMs: (this.#lastUs - this.#firstUs) / 1000,
      what: `${what}${skipped}`,
      // There it thinks that all is well.
      lastWords: this.#isHopeless ? '' : this.#child.lastWords,
      isHopeless: this.#isHopeless,
    };
  }

  #awaitPicture(): SilenceTimer {
    const { hangMs } = this.#limits;
    return new SilenceTimer(hangMs, () => {
      this.#fault ??= `gave no picture for ${hangMs / 1000} s and was ended`;
      void this.#child.stop();
    });
  }

  #note(frame: CapturedFrame): void {
    this.#lastUs = frame.capturedMonotonicUs;
    if (this.#pictures++ > 0) return;
    this.#firstUs = this.#lastUs;
    if (this.#prelude !== undefined) this.#skipped.add(this.#prelude, this.#program);
  }

  /** If there is never a picture, the skipped bytes are reported once, at the end. */
  #skip(stretch: SkippedBytes): void {
    if (this.#pictures > 0) this.#skipped.add(stretch, this.#program);
    else if (this.#prelude === undefined) this.#prelude = stretch;
    else this.#prelude = { ...this.#prelude, bytes: this.#prelude.bytes + stretch.bytes };
  }

  #condemn(fault: string): void {
    this.#fault = fault;
    this.#isHopeless = true;
  }
}
