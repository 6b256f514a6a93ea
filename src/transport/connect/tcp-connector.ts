import type { Socket } from 'node:net';
import type { Conclusion } from '../../delivery/retry-policy.ts';
import type { Connector, UplinkListener } from '../../delivery/uplink.ts';
import type { CodedError } from '../../errors.ts';
import type { Log } from '../../system/log.ts';
import { concludeConnect } from './connect-advice.ts';
import { dial } from './dial.ts';
import { ReceiverFinder } from './receiver-finder.ts';
import { ReceiverRecord, type TcpOptions } from './receiver-record.ts';
import { TcpUplink } from './tcp-uplink.ts';

/** Connects to a receiver. */
export class TcpConnector implements Connector {
  readonly #receiver: ReceiverRecord;
  readonly #finder: ReceiverFinder | undefined;
  readonly staysConnected = false;
  readonly countsRejected = true;
  readonly maxBytesInFlight = Number.POSITIVE_INFINITY;

  constructor(options: TcpOptions, log: Log) {
    this.#receiver = new ReceiverRecord(options, log);
    this.#finder = options.find === undefined ? undefined : new ReceiverFinder(options.find, log);
  }

  get address(): string {
    return this.#receiver.address;
  }

  get connectedLine(): string {
    return `connected to ${this.address}`;
  }

  conclude(error: CodedError): Conclusion {
    return concludeConnect(error, this.#receiver.place);
  }

  /** @throws CodedError UNTRUSTED, SEVERAL_FOUND, or CONNECT_FAILED, also when `signal` aborts */
  async connect(listener: UplinkListener, signal: AbortSignal): Promise<TcpUplink> {
    this.#judge();
    // The sender may have asked about the connection before until now.
    this.#receiver.apply('closed');
    const socket = await this.#dial(signal);
    this.#receiver.apply('connected');
    return new TcpUplink(socket, this.#receiver, listener);
  }

  close(): void {}

  /** Says whether the connection before was one to a receiver. One that rejects a sender may be the right one. */
  #judge(): void {
    const { phase, receiver, heard } = this.#receiver.negotiation;
    if (phase === 'closed') return;
    if (phase === 'greeted' || (receiver === 'classic' && heard !== 'foreign')) this.#finder?.choose();
    else if (heard !== 'ours') this.#finder?.avoid();
  }

  async #dial(signal: AbortSignal): Promise<Socket> {
    const { options } = this.#receiver;
    if (this.#finder === undefined) return dial(options, signal);
    const { socket, host, port } = await this.#finder.dial(options, signal);
    this.#receiver.moved(host, port);
    return socket;
  }
}
