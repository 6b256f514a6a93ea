import type { FrameReceiver } from '../../delivery/frame-receiver.ts';
import { type CodedError, type ErrorCode, ProtocolError } from '../../protocol/errors.ts';
import type { FrameLimits } from '../../protocol/frame.ts';
import { StreamDecoder } from '../../protocol/stream-decoder.ts';
import { encodeMessage } from '../../protocol/wire2/message-encoder.ts';
import { free } from '../../system/memory.ts';
import type { Protocol, Steps } from './protocol.ts';
import { checkProtocol } from './protocol-access.ts';
import { Session, type SessionLink, type SessionOptions } from './session.ts';

/** Told even to those who may not read: what came before is taken, and there is nothing to lose. */
const lastWords: readonly ErrorCode[] = [
  ...(['TOKEN_MISSING', 'NOT_ACCEPTED'] as const),
  ...(['FRAME_TOO_LONG', 'PICTURE_TOO_LARGE', 'NOT_JPEG'] as const),
];

/** With a sender on the classic wire, on wire 2, or on the first and then the other. */
export class WireProtocol implements Protocol {
  readonly #options: SessionOptions;
  readonly #decoder: StreamDecoder;
  readonly #session: Session;
  readonly isResting = false;

  constructor(receiver: FrameReceiver, options: FrameLimits & SessionOptions, link: SessionLink) {
    this.#options = options;
    this.#decoder = new StreamDecoder(options);
    this.#session = new Session(receiver, options, link);
  }

  get hasStarted(): boolean {
    return this.#decoder.hasHeader;
  }

  get isSender(): boolean {
    return this.#decoder.hasHeader && this.#session.isTrusted;
  }

  get isWithinFrame(): boolean {
    return this.#decoder.isWithinFrame;
  }

  get inFlight(): Promise<void> | undefined {
    return this.#session.inFlight;
  }

  *receive(chunk: Uint8Array): Steps {
    const incoming = this.#decoder.decode(chunk);
    for (;;) {
      const next = incoming.next();
      if (this.#decoder.isUpgraded) checkProtocol('2', this.#options);
      else if (this.#decoder.hasHeader) checkProtocol('classic', this.#options);
      if (next.done === true) break;
      const waiting = this.#session.handle(next.value);
      yield waiting;
    }
    if (this.#decoder.isUpgraded && chunk.length === chunk.buffer.byteLength) free(chunk.buffer);
  }

  *finish(error?: CodedError): Steps {
    yield this.#session.awaitReturn();
    yield this.#session.finish();
    if (error !== undefined) return;
    // A sender may have ended its half, and reads the answers to the end.
    yield this.#session.inFlight;
    this.#decoder.finish();
    // Nothing else tells a classic sender of a frame that was left behind, and it may well read now.
    if (this.#session.untold !== undefined) throw this.#session.untold;
  }

  /** A classic sender never reads: its connection would be reset, and what is on its way be lost. */
  closingBytes(error: CodedError | undefined): Uint8Array | undefined {
    if (!(error instanceof ProtocolError)) return undefined;
    const isReading = this.#decoder.isUpgraded || this.#session.hasReplied || lastWords.includes(error.code);
    return isReading ? encodeMessage({ type: 'FAIL', code: error.code, reason: error.message }) : undefined;
  }

  end(): void {
    this.#session.end();
  }
}
