import { createStreamId } from '../../delivery/stream-id.ts';
import { formatAddress } from '../../network/address.ts';
import type { Delivery } from '../../protocol/frame.ts';
import {
  beginNegotiation,
  type Negotiation,
  type NegotiationEvent,
  negotiate,
  type WireOption,
} from '../../protocol/negotiation.ts';
import type { SenderIdentity, StreamId } from '../../protocol/wire2/message.ts';
import { LimitedLog } from '../../system/limited-log.ts';
import type { Log } from '../../system/log.ts';
import type { ReceiverPlace } from './connect-advice.ts';
import type { DialOptions } from './dial.ts';
import type { FindReceivers } from './receiver-finder.ts';
import { RejectedFrameSearch } from './rejected-frame-search.ts';

export interface TcpOptions extends DialOptions {
  readonly wire: WireOption;
  /** Longest time without the other end taking bytes, in milliseconds. */
  readonly sendTimeoutMs: number;
  /** Longest time without a byte from a receiver of wire 2, in milliseconds. */
  readonly idleTimeoutMs: number;
  /** The name of this sender at the receiver. */
  readonly name: string;
  readonly delivery: Delivery;
  /** The machine and the device, for the receiver; undefined: the machine has no id. */
  readonly identity?: SenderIdentity | undefined;
  /** Empty: none. */
  readonly token: Uint8Array;
  /** Looks for a receiver where none is at `host`; undefined: none is looked for. */
  readonly find?: FindReceivers | undefined;
}

/** The knowledge of a sender about its receiver, which it keeps from one connection to the next. */
export class ReceiverRecord {
  readonly options: TcpOptions;
  readonly #log: LimitedLog;
  #negotiation: Negotiation;
  #stream: StreamId;
  #place: ReceiverPlace;
  readonly search = new RejectedFrameSearch();

  constructor(options: TcpOptions, log: Log) {
    this.options = options;
    this.#log = new LimitedLog(log);
    this.#negotiation = beginNegotiation(options.wire, options.delivery);
    this.#stream = createStreamId(options.name);
    this.#place = { host: options.host, port: options.port };
  }

  /** For messages. */
  get address(): string {
    return formatAddress(this.#place.host, this.#place.port);
  }

  get place(): ReceiverPlace {
    return this.#place;
  }

  /** The connection was made to that place. */
  moved(host: string, port: number): void {
    this.#place = { host, port };
  }

  get negotiation(): Negotiation {
    return this.#negotiation;
  }

  apply(event: NegotiationEvent): void {
    this.#negotiation = negotiate(this.#negotiation, event);
  }

  /** The stream that the frames of this sender are numbered in. */
  get stream(): StreamId {
    return this.#stream;
  }

  /**
   * Another program sends under the present id: under a new one no frame of this sender is accepted
   * for a duplicate.
   */
  renewStream(): void {
    this.#stream = createStreamId(this.options.name);
  }

  /** The receiver rejects the connection, as it takes no frames on the classic wire. */
  rejectClassic(): void {
    this.apply('classic rejected');
    if (!this.#negotiation.isSwitching) return;
    this.#log.info(
      'connected',
      'the receiver accepts no classic frames: going on with wire 2 (--wire 2 does so at once)',
    );
  }
}
