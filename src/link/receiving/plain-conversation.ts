import type { CodedError } from '../../protocol/errors.ts';
import type { FrameLimits } from '../../protocol/frame.ts';
import { PlainDecoder } from '../../protocol/plain-decoder.ts';
import { ChunkUse } from './chunk-use.ts';
import type { Conversation, Steps } from './conversation.ts';
import type { Intake } from './intake.ts';

/** With a sender that knows nothing but JPEGs, one after another: it gets no answer. */
export class PlainConversation implements Conversation {
  /** Each answer waits for its pictures, or none comes. */
  readonly underWay = undefined;
  readonly #decoder: PlainDecoder;
  readonly #intake: Intake;
  /** Its first two bytes have shown that. */
  readonly hasBegun = true;
  readonly isResting = false;

  constructor(intake: Intake, limits: FrameLimits) {
    this.#intake = intake;
    this.#decoder = new PlainDecoder(limits, 0, (stretch) => intake.skipStretch(stretch));
  }

  get isSender(): boolean {
    return this.#intake.sender.frames > 0;
  }

  get isWithinFrame(): boolean {
    return this.#decoder.isWithinPicture;
  }

  *take(chunk: Uint8Array): Steps {
    const use = new ChunkUse(chunk);
    yield* this.#intake.takeAll(use.watch(this.#decoder.decode(chunk)));
    use.end();
  }

  finish(error?: CodedError): Steps {
    return this.#intake.takeAll(error === undefined ? this.#decoder.finish() : []);
  }

  farewell(): undefined {
    return undefined;
  }

  end(): void {
    this.#intake.close();
  }
}
