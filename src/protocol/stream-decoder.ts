import { ClassicDecoder, type ClassicFrame } from './classic/classic-decoder.ts';
import { ProtocolError } from './errors.ts';
import type { FrameLimits } from './frame.ts';
import type { BadFrame, Message } from './wire2/message.ts';
import { MessageDecoder } from './wire2/message-decoder.ts';

/**
 * A sender sends frames of the classic wire first, or none, and then messages of wire 2, or none.
 */
export type Incoming = { readonly type: 'classic'; readonly frame: ClassicFrame } | BadFrame | Message;

/** Tells the two wires apart by the first byte after a whole frame, and decodes both. */
export class StreamDecoder {
  readonly #classic: ClassicDecoder;
  readonly #messages: MessageDecoder;
  /** Whether wire 2 has begun. */
  #isUpgraded = false;

  constructor(limits: FrameLimits) {
    this.#classic = new ClassicDecoder(limits);
    this.#messages = new MessageDecoder(limits, { needsHello: true });
  }

  /** The last thing that came: a length field, or the first byte of a message. */
  get latest(): 'length field' | 'message' | undefined {
    if (this.#isUpgraded) return 'message';
    return this.#classic.hasHeader ? 'length field' : undefined;
  }

  /** Whether a frame or message has begun and not ended. */
  get isWithinFrame(): boolean {
    return this.#isUpgraded ? this.#messages.isWithinMessage : this.#classic.isWithinFrame;
  }

  /**
   * The frames and messages that `chunk` completes. `chunk` may be reused afterwards.
   * @throws ProtocolError as the decoder of each wire does
   */
  decode(chunk: Uint8Array): Generator<Incoming, void, undefined> {
    return this.#isUpgraded ? this.#messages.decode(chunk) : this.#decodeClassic(chunk);
  }

  /** Says that the stream has ended. @throws ProtocolError TORN_FRAME */
  finish(): void {
    if (!this.isWithinFrame) return;
    throw new ProtocolError('TORN_FRAME', 'The connection ended within a frame, which is dropped');
  }

  *#decodeClassic(chunk: Uint8Array): Generator<Incoming, void, undefined> {
    const frames = this.#classic.decode(chunk);
    let next = frames.next();
    for (; next.done !== true; next = frames.next()) {
      yield 'type' in next.value ? next.value : { type: 'classic', frame: next.value };
    }
    if (next.value === chunk.length) return;
    this.#isUpgraded = true;
    yield* this.#messages.decode(chunk.subarray(next.value));
  }
}
