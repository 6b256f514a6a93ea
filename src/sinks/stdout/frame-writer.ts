import { CodedError } from '../../errors.ts';
import type { Camera } from '../../frames/camera.ts';
import type { ReceivedFrame } from '../../frames/received-frame.ts';
import { DescriptorWriter } from '../../system/descriptor-writer.ts';
import { describeFileError } from '../../system/file-error.ts';
import { formatRecord } from '../framed.ts';
import type { FrameProcessor } from '../queue/frame-processor.ts';

/** Called when the reader is gone or does not read. */
export interface ReaderWatch {
  /** The reader is gone. Called once. */
  onGone(): void;
  /** The program has stopped, and the reader does not read. Called once, and not after `onGone`. */
  onStuck(): void;
}

export interface FrameWriterOptions {
  /** The name of the sink, for its figures. */
  readonly name: string;
  /** Whether a record comes before each frame. */
  readonly isFramed: boolean;
}

const goneCodes: readonly (string | undefined)[] = ['EPIPE', 'ECONNRESET'];

/**
 * Writes whole frames to a file descriptor: a frame that was written in part is finished before the
 * next.
 */
export class FrameWriter implements FrameProcessor {
  readonly #output: DescriptorWriter;
  readonly #options: FrameWriterOptions;
  readonly #watch: ReaderWatch;
  readonly #stop: AbortSignal;
  /** The frame that was written in part. */
  #begun: ReceivedFrame | undefined;
  /** Nobody reads any more. */
  isOver = false;
  /** Frames that were dropped as nobody reads any more. */
  lost = 0;

  constructor(descriptor: number, options: FrameWriterOptions, stop: AbortSignal, watch: ReaderWatch) {
    this.#output = new DescriptorWriter(descriptor, stop);
    this.#stop = stop;
    this.#options = options;
    this.#watch = watch;
  }

  /** @throws CodedError OUTPUT_FAILED: to be tried again, or with the next frame */
  async process(frame: ReceivedFrame, camera: Camera): Promise<void> {
    if (this.isOver) {
      this.#checkGoesOn();
      this.#lose(camera);
      return;
    }
    try {
      await this.#write(frame, camera);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const isGone = goneCodes.includes(code);
      if (!isGone && !this.#output.isExpired) {
        throw new CodedError('OUTPUT_FAILED', `Cannot write to standard output: ${describeFileError(error)}`);
      }
      this.isOver = true;
      if (isGone) this.#watch.onGone();
      else this.#watch.onStuck();
      this.#checkGoesOn();
      this.#lose(camera);
    }
  }

  /** At the end of the program a sender that waits must not take its frame for written. */
  #checkGoesOn(): void {
    if (this.#stop.aborted) throw new CodedError('OUTPUT_FAILED', 'Cannot write to standard output: nobody reads it');
  }

  #lose(camera: Camera): void {
    this.lost++;
    camera.countDropped(this.#options.name);
  }

  async #write(frame: ReceivedFrame, camera: Camera): Promise<void> {
    const begun = this.#begun;
    if (begun !== undefined) {
      await this.#output.finish();
      this.#begun = undefined;
      if (begun === frame) return;
    }
    const head = this.#options.isFramed ? [new TextEncoder().encode(formatRecord(frame, camera))] : [];
    try {
      await this.#output.write([...head, frame.jpeg]);
    } catch (error) {
      if (this.#output.isTorn) this.#begun = frame;
      throw error;
    }
  }
}
