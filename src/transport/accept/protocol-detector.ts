import { type CodedError, ProtocolError } from '../../protocol/errors.ts';
import type { FrameLimits } from '../../protocol/frame.ts';
import { type DetectedProtocol, detectProtocol } from '../../protocol/protocol-detection.ts';
import type { ConnectionSenders } from './connection-senders.ts';
import { HttpProtocol } from './http-protocol.ts';
import { JpegStreamProtocol } from './jpeg-stream-protocol.ts';
import type { Protocol, Steps } from './protocol.ts';
import { checkProtocol } from './protocol-access.ts';
import type { SessionLink, SessionOptions } from './session.ts';
import { WireProtocol } from './wire-protocol.ts';

/** A conversation of which the first bytes decide what it is. */
export class ProtocolDetector implements Protocol {
  readonly #senders: ConnectionSenders;
  readonly #options: FrameLimits & SessionOptions;
  readonly #link: SessionLink;
  /** Undefined until it is decided. */
  #protocol: Protocol | undefined;
  /** Came before that, four at the most. */
  #first = new Uint8Array();

  constructor(senders: ConnectionSenders, options: FrameLimits & SessionOptions, link: SessionLink) {
    this.#senders = senders;
    this.#options = options;
    this.#link = link;
  }

  get hasStarted(): boolean {
    return this.#protocol?.hasStarted ?? false;
  }

  get isSender(): boolean {
    return this.#protocol?.isSender ?? false;
  }

  get isWithinFrame(): boolean {
    return this.#protocol?.isWithinFrame ?? this.#first.length > 0;
  }

  get isResting(): boolean {
    return this.#protocol?.isResting ?? false;
  }

  get inFlight(): Promise<void> | undefined {
    return this.#protocol?.inFlight;
  }

  receive(chunk: Uint8Array): Steps {
    return this.#protocol?.receive(chunk) ?? this.#decide(chunk);
  }

  *finish(error?: CodedError): Steps {
    if (this.#protocol !== undefined) yield* this.#protocol.finish(error);
    else if (error === undefined && this.#first.length > 0) {
      throw new ProtocolError('TORN_FRAME', `The connection ended after ${this.#first.length} bytes`);
    }
  }

  closingBytes(error: CodedError | undefined): Uint8Array | undefined {
    return this.#protocol?.closingBytes(error);
  }

  end(): void {
    this.#protocol?.end();
  }

  *#decide(chunk: Uint8Array): Steps {
    const bytes = this.#first.length === 0 ? chunk : join(this.#first, chunk);
    const speech = detectProtocol(bytes);
    if (speech === undefined) {
      this.#first = new Uint8Array(bytes);
      return;
    }
    this.#protocol = this.#begin(speech);
    yield* this.#protocol.receive(bytes);
  }

  #begin(speech: DetectedProtocol): Protocol {
    switch (speech) {
      case 'wire':
        return new WireProtocol(this.#senders.current, this.#options, this.#link);
      case 'http':
        return new HttpProtocol(this.#senders, this.#options, this.#link);
      case 'jpeg':
        checkProtocol('jpeg', this.#options);
        return new JpegStreamProtocol(this.#senders.current, this.#options);
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
