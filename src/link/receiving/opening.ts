import { type CodedError, ProtocolError } from '../../protocol/errors.ts';
import { recognize, type Speech } from '../../protocol/first-bytes.ts';
import type { FrameLimits } from '../../protocol/frame.ts';
import { checkWay } from './acceptance.ts';
import type { Conversation, Steps } from './conversation.ts';
import { HttpConversation } from './http-conversation.ts';
import { PlainConversation } from './plain-conversation.ts';
import type { Senders } from './senders.ts';
import type { SessionLink, SessionOptions } from './session.ts';
import { WireConversation } from './wire-conversation.ts';

/** A conversation of which the first bytes decide what it is. */
export class Opening implements Conversation {
  readonly #senders: Senders;
  readonly #options: FrameLimits & SessionOptions;
  readonly #link: SessionLink;
  /** Undefined until it is decided. */
  #conversation: Conversation | undefined;
  /** Came before that, four at the most. */
  #first = new Uint8Array();

  constructor(senders: Senders, options: FrameLimits & SessionOptions, link: SessionLink) {
    this.#senders = senders;
    this.#options = options;
    this.#link = link;
  }

  get hasBegun(): boolean {
    return this.#conversation?.hasBegun ?? false;
  }

  get isSender(): boolean {
    return this.#conversation?.isSender ?? false;
  }

  get isWithinFrame(): boolean {
    return this.#conversation?.isWithinFrame ?? this.#first.length > 0;
  }

  get isResting(): boolean {
    return this.#conversation?.isResting ?? false;
  }

  get underWay(): Promise<void> | undefined {
    return this.#conversation?.underWay;
  }

  take(chunk: Uint8Array): Steps {
    return this.#conversation?.take(chunk) ?? this.#decide(chunk);
  }

  *finish(error?: CodedError): Steps {
    if (this.#conversation !== undefined) yield* this.#conversation.finish(error);
    else if (error === undefined && this.#first.length > 0) {
      throw new ProtocolError('TORN_FRAME', `The connection ended after ${this.#first.length} bytes`);
    }
  }

  farewell(error: CodedError | undefined): Uint8Array | undefined {
    return this.#conversation?.farewell(error);
  }

  end(): void {
    this.#conversation?.end();
  }

  *#decide(chunk: Uint8Array): Steps {
    const bytes = this.#first.length === 0 ? chunk : join(this.#first, chunk);
    const speech = recognize(bytes);
    if (speech === undefined) {
      this.#first = new Uint8Array(bytes);
      return;
    }
    this.#conversation = this.#begin(speech);
    yield* this.#conversation.take(bytes);
  }

  #begin(speech: Speech): Conversation {
    switch (speech) {
      case 'wire':
        return new WireConversation(this.#senders.current, this.#options, this.#link);
      case 'http':
        return new HttpConversation(this.#senders, this.#options, this.#link);
      case 'jpeg':
        checkWay('jpeg', this.#options);
        return new PlainConversation(this.#senders.current, this.#options);
      case 'h264':
        throw new ProtocolError(
          'NOT_JPEG',
          'Cannot take H.264 as pictures must be JPEGs: with --codec mjpeg rpicam-vid makes them',
        );
    }
  }
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
