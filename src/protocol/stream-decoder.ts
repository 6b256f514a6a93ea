import { ClassicDecoder, type ClassicFrame } from './classic/classic-decoder.ts';
import { ProtocolError } from './errors.ts';
import type { FrameLimits } from './frame.ts';
import type { BadFrame, Message } from './wire2/message.ts';
import { MessageDecoder } from './wire2/message-decoder.ts';

/** What a sender sends: frames of the classic wire first or not at all, then messages of wire 2 or none. */
export type Incoming = { readonly type: 'classic'; readonly frame: ClassicFrame } | BadFrame | Message;

/** Tells the two wires apart by the first byte after a whole frame, and decodes both. */
export class StreamDecoder {
  readonly #classic: ClassicDecoder;
  readonly #messages: MessageDecoder;
  #isUpgraded = false;
  #hasMessage = false;

  constructor(limits: FrameLimits) {
    this.#classic = new ClassicDecoder(limits);
    this.#messages = new MessageDecoder(limits);
    this.#messages.isGreeted = false;
  }

  /** Whether a length field or a message has come: the other end speaks one of the wires. */
  get hasHeader(): boolean {
    return this.#classic.hasHeader || this.#hasMessage;
  }

  /** Whether the classic wire was left, or never used. */
  get isUpgraded(): boolean {
    return this.#isUpgraded;
  }

  /** Whether a frame or message has begun and not ended. */
  get isWithinFrame(): boolean {
    return this.#isUpgraded ? this.#messages.isWithinMessage : this.#classic.isWithinFrame;
  }

  /** What `chunk` completes. `chunk` may be reused afterwards. @throws ProtocolError as the decoder of each wire does */
  *decode(chunk: Uint8Array): Generator<Incoming, void, undefined> {
    let at = 0;
    if (!this.#isUpgraded) {
      at = yield* this.#decodeClassic(chunk);
      if (at === chunk.length) return;
      this.#isUpgraded = true;
    }
    for (const message of this.#messages.decode(chunk.subarray(at))) {
      this.#hasMessage = true;
      // Whoever takes a hello that he does not like takes nothing after it.
      if (message.type === 'HELO') this.#messages.isGreeted = true;
      yield message;
    }
  }

  /** Says that the stream has ended. @throws ProtocolError TORN_FRAME */
  finish(): void {
    if (!this.isWithinFrame) return;
    throw new ProtocolError('TORN_FRAME', 'The connection ended within a frame, which is dropped');
  }

  *#decodeClassic(chunk: Uint8Array): Generator<Incoming, number, undefined> {
    const frames = this.#classic.decode(chunk);
    for (;;) {
      const next = frames.next();
      if (next.done === true) return next.value;
      yield 'type' in next.value ? next.value : { type: 'classic', frame: next.value };
    }
  }
}
