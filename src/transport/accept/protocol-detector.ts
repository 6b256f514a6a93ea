import type { CodedError } from '../../errors.ts';
import { type ConnectionState, nextState } from '../../protocol/connection-state.ts';
import { ProtocolError } from '../../protocol/errors.ts';
import type { FrameLimits } from '../../protocol/frame.ts';
import { detectProtocol } from '../../protocol/protocol-detection.ts';
import type { ConnectionSenders } from './connection-senders.ts';
import { HttpProtocol } from './http-protocol.ts';
import { JpegStreamProtocol } from './jpeg-stream-protocol.ts';
import type { Protocol, ProtocolLink, Steps } from './protocol.ts';
import { type WireOptions, WireProtocol } from './wire-protocol.ts';

/** A connection whose protocol its first bytes have yet to show: four at the most. */
export class ProtocolDetector implements Protocol {
  readonly hasStarted = false;
  readonly isSender = false;
  readonly isResting = false;
  readonly inFlight = undefined;
  readonly #senders: ConnectionSenders;
  readonly #options: FrameLimits & WireOptions;
  readonly #link: ProtocolLink;
  readonly #onDetected: (protocol: Protocol) => void;
  #first = new Uint8Array();

  /** @param onDetected called with the protocol that the connection goes on with */
  constructor(
    senders: ConnectionSenders,
    options: FrameLimits & WireOptions,
    link: ProtocolLink,
    onDetected: (protocol: Protocol) => void,
  ) {
    this.#senders = senders;
    this.#options = options;
    this.#link = link;
    this.#onDetected = onDetected;
  }

  get isWithinFrame(): boolean {
    return this.#first.length > 0;
  }

  *receive(chunk: Uint8Array): Steps {
    const bytes = this.#first.length === 0 ? chunk : join(this.#first, chunk);
    const detected = detectProtocol(bytes);
    if (detected === undefined) {
      this.#first = new Uint8Array(bytes);
      return;
    }
    const protocol = this.#create(nextState('unknown', detected, this.#options));
    this.#onDetected(protocol);
    yield* protocol.receive(bytes);
  }

  *finish(error?: CodedError): Steps {
    if (error !== undefined || this.#first.length === 0) return;
    yield;
    throw new ProtocolError('TORN_FRAME', `The connection ended after ${this.#first.length} bytes`);
  }

  closingBytes(): undefined {
    return undefined;
  }

  end(): void {
    this.#senders.current.close();
  }

  #create(state: ConnectionState): Protocol {
    if (state === 'http') return new HttpProtocol(this.#senders, this.#options, this.#link);
    if (state === 'jpeg') return new JpegStreamProtocol(this.#senders.current, this.#options);
    return new WireProtocol(this.#senders.current, this.#options, this.#link);
  }
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
