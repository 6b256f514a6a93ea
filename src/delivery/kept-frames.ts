import type { NumberedFrame } from '../protocol/frame.ts';

/** Frames in the order of their numbers, with the bytes of their JPEGs. */
export class KeptFrames {
  readonly #frames: NumberedFrame[] = [];
  #bytes = 0;

  get count(): number {
    return this.#frames.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get first(): NumberedFrame | undefined {
    return this.#frames[0];
  }

  get last(): NumberedFrame | undefined {
    return this.#frames.at(-1);
  }

  add(frame: NumberedFrame): void {
    this.#bytes += frame.jpeg.length;
    let at = this.#frames.length;
    // Nearly always it is the newest.
    while (at > 0 && (this.#frames[at - 1] as NumberedFrame).sequence > frame.sequence) at--;
    if (at === this.#frames.length) this.#frames.push(frame);
    else this.#frames.splice(at, 0, frame);
  }

  takeFirst(): NumberedFrame | undefined {
    const frame = this.#frames.shift();
    if (frame !== undefined) this.#bytes -= frame.jpeg.length;
    return frame;
  }

  /** Undefined where there is none of that number. */
  take(sequence: number): NumberedFrame | undefined {
    if (this.first?.sequence === sequence) return this.takeFirst();
    const at = this.#frames.findIndex((frame) => frame.sequence === sequence);
    if (at < 0) return undefined;
    const [frame] = this.#frames.splice(at, 1) as [NumberedFrame];
    this.#bytes -= frame.jpeg.length;
    return frame;
  }

  /** All of them go there. */
  moveTo(others: KeptFrames): void {
    // One by one: a call has no room for a hundred thousand arguments.
    for (const frame of this.#frames.splice(0)) others.#frames.push(frame);
    others.#frames.sort((one, other) => one.sequence - other.sequence);
    others.#bytes += this.#bytes;
    this.#bytes = 0;
  }
}
