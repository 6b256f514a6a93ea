import type { CapturedFrame, NumberedFrame } from '../protocol/frame.ts';
import type { FlowMeter } from '../system/flow-meter.ts';
import { isPowerOfTwo } from '../system/power-of-two.ts';
import type { Demand, FrameQueue } from './frame-queue.ts';
import { LiveCapture } from './live-capture.ts';

export interface BufferLimits {
  /** Bytes of JPEGs that are kept, those included that were taken and may have to be sent again. */
  readonly bufferBytes: number;
  /** Frames that are wanted; 0: no end. */
  readonly count: number;
  /** Called for the 1st, 2nd, 4th, 8th ... frame that is dropped because the buffer is full. */
  readonly onDropped?: (dropped: number) => void;
  /** Called when the queue asks the source for a frame, and when it gives one. */
  readonly meter?: FlowMeter | undefined;
}

/**
 * Every frame of a source that does not wait, such as a camera: while the connection is slow or
 * away, frames are kept in a buffer. A frame that does not fit is dropped, and leaves a gap in the
 * numbers: earlier frames are never dropped for later ones.
 */
export class BufferedFrameQueue implements FrameQueue {
  readonly #limits: BufferLimits;
  readonly #capture: LiveCapture;
  readonly #waiting: NumberedFrame[] = [];
  #keptBytes = 0;
  /** Frames that wait or were taken, but for those in whose place another is wanted. */
  #kept = 0;
  #sequence = 0;
  #dropped = 0;
  #demand: Demand | undefined;
  /** Frames that come while there is no connection wait, as long as there is room. */
  readonly unconnected = 0;

  constructor(frames: AsyncIterable<CapturedFrame>, limits: BufferLimits) {
    this.#limits = limits;
    this.#capture = new LiveCapture(frames, (frame) => this.#keep(frame), limits.meter);
  }

  setDemand(demand: Demand): void {
    this.#demand = demand;
  }

  get captured(): number {
    return this.#sequence;
  }

  get dropped(): number {
    return this.#dropped;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get hasFrame(): boolean {
    return this.#waiting.length > 0;
  }

  ready(): Promise<boolean> {
    return this.#capture.until(() => this.hasFrame);
  }

  take(): NumberedFrame {
    const frame = this.#waiting.shift();
    if (frame === undefined) throw new Error('take() before ready()');
    return frame;
  }

  release({ jpeg }: NumberedFrame, wantsAnother = false): void {
    this.#keptBytes -= jpeg.length;
    if (wantsAnother) this.#kept--;
  }

  closed(): Promise<void> {
    return this.#capture.running;
  }

  #keep(frame: CapturedFrame): void {
    const { bufferBytes, count } = this.#limits;
    // Nobody asked for frames that come while the last ones are in flight, or after the end.
    if (this.#demand?.isMet() === true || (count > 0 && this.#kept >= count)) return;
    const sequence = ++this.#sequence;
    const bytes = frame.jpeg.length;
    // One may be longer than the buffer.
    if (this.#keptBytes > 0 && this.#keptBytes + bytes > bufferBytes) {
      this.#drop();
      return;
    }
    this.#kept++;
    this.#keptBytes += bytes;
    this.#waiting.push({ ...frame, sequence });
  }

  #drop(): void {
    const dropped = ++this.#dropped;
    if (isPowerOfTwo(dropped)) this.#limits.onDropped?.(dropped);
  }
}
