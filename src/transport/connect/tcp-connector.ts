import type { Conclusion } from '../../delivery/retry-policy.ts';
import type { Connector, UplinkListener } from '../../delivery/uplink.ts';
import type { CodedError } from '../../errors.ts';
import type { Log } from '../../system/log.ts';
import { concludeConnect } from './connect-advice.ts';
import { dial } from './dial.ts';
import { ReceiverRecord, type TcpOptions } from './receiver-record.ts';
import { TcpUplink } from './tcp-uplink.ts';

/** Connects to a receiver. */
export class TcpConnector implements Connector {
  readonly #receiver: ReceiverRecord;
  readonly staysConnected = false;
  readonly countsRejected = true;
  readonly maxBytesInFlight = Number.POSITIVE_INFINITY;

  constructor(options: TcpOptions, log: Log) {
    this.#receiver = new ReceiverRecord(options, log);
  }

  get address(): string {
    return this.#receiver.address;
  }

  get connectedLine(): string {
    return `connected to ${this.address}`;
  }

  conclude(error: CodedError): Conclusion {
    return concludeConnect(error);
  }

  /** @throws CodedError UNTRUSTED, or CONNECT_FAILED, also when `signal` aborts */
  async connect(listener: UplinkListener, signal: AbortSignal): Promise<TcpUplink> {
    // The sender may have asked about the connection before until now.
    this.#receiver.apply('closed');
    const socket = await dial(this.#receiver.options, signal);
    this.#receiver.apply('connected');
    return new TcpUplink(socket, this.#receiver, listener);
  }

  close(): void {}
}
