import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { CodedError } from '../../errors.ts';
import { decodeDns } from '../../protocol/dns/dns-decoder.ts';
import { encodeDns } from '../../protocol/dns/dns-encoder.ts';
import type { DnsMessage } from '../../protocol/dns/dns-message.ts';
import { asProtocolError } from '../../protocol/errors.ts';
import { RateLimit } from '../../system/rate-limit.ts';
import { describeNetworkError } from '../network-error.ts';
import { isInNetwork, type LocalNetwork, listNetworks } from './local-networks.ts';

/** Address and port of multicast DNS: RFC 6762, section 3. */
export const multicastGroup = '224.0.0.251';
export const multicastPort = 5353;
const multicastTtl = 255;
/** Messages that are read: more in a second than a house full of devices sends. */
const readRate = { burst: 500, perSecond: 200, maxKeys: 1 };

/** The sender of a message. */
export interface MulticastSource {
  /** The network of this machine that it is in. */
  readonly network: LocalNetwork;
  readonly address: string;
  readonly port: number;
}

export interface MulticastListener {
  /** A message came, perhaps one of this program itself. */
  received(message: DnsMessage, source: MulticastSource): void;
  /** This machine has an address in that network now. */
  joined(network: LocalNetwork): void;
}

/** The way to the networks of this machine. */
export type Multicast = Pick<MulticastSocket, 'networks' | 'refresh' | 'send' | 'reply' | 'close'>;

/**
 * Sends and receives messages of multicast DNS in all IPv4 networks of this machine. It shares the port with other programs that do
 * so, such as avahi-daemon. It is bound to the address of the group, so that it takes no message
 * that was sent to one of these alone.
 */
export class MulticastSocket {
  readonly #listener: MulticastListener;
  readonly #limit = new RateLimit(readRate);
  #socket: Socket;
  #networks: readonly LocalNetwork[] = [];
  /** A socket has one outgoing network at a time. */
  #sending: Promise<void> = Promise.resolve();
  #isClosed = false;

  private constructor(listener: MulticastListener) {
    this.#listener = listener;
    this.#socket = this.#create();
  }

  /**
   * @param mayAskOnly whether a port of its own will do where another program has taken 5353 for
   * itself: answers to questions reach it there
   * @throws CodedError LISTEN_FAILED
   */
  static async open(listener: MulticastListener, mayAskOnly = false): Promise<MulticastSocket> {
    const multicast = new MulticastSocket(listener);
    try {
      await multicast.#bind(multicastPort, multicastGroup).catch((error) => {
        if (!mayAskOnly) throw error;
        multicast.#socket.close();
        multicast.#socket = multicast.#create();
        return multicast.#bind(0, '0.0.0.0');
      });
    } catch (error) {
      multicast.#socket.close();
      throw new CodedError('LISTEN_FAILED', `Cannot use port ${multicastPort} of UDP: ${describeNetworkError(error)}`);
    }
    multicast.refresh();
    return multicast;
  }

  get networks(): readonly LocalNetwork[] {
    return this.#networks;
  }

  /** Looks which networks there are now, and tells the listener about new ones. */
  refresh(): void {
    if (this.#isClosed) return;
    const before = this.#networks;
    this.#networks = listNetworks().flatMap((network) => {
      const known = before.find((other) => isEqual(network, other));
      return known ?? (this.#join(network) ? network : []);
    });
    for (const network of this.#networks) if (!before.includes(network)) this.#listener.joined(network);
  }

  /** Sends it to all in that network. Resolves when it is sent, or cannot be. */
  send(network: LocalNetwork, message: DnsMessage): Promise<void> {
    return this.#queue(async () => {
      this.#socket.setMulticastInterface(network.address);
      await this.#transmit(message, multicastPort, multicastGroup);
    });
  }

  /** Sends it to that program alone. */
  reply({ port, address }: MulticastSource, message: DnsMessage): Promise<void> {
    return this.#queue(() => this.#transmit(message, port, address));
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#sending;
    this.#socket.close();
  }

  #create(): Socket {
    const socket = createSocket({ type: 'udp4', reuseAddr: true });
    // A network that is gone shows when something is sent there; the next refresh forgets it.
    socket.on('error', () => undefined);
    socket.on('message', (bytes, from) => this.#read(bytes, from));
    return socket;
  }

  async #bind(port: number, address: string): Promise<void> {
    const listening = once(this.#socket, 'listening');
    this.#socket.bind({ port, address });
    await listening;
    this.#socket.setMulticastTTL(multicastTtl);
    this.#socket.setMulticastLoopback(true);
  }

  #join({ address }: LocalNetwork): boolean {
    try {
      this.#socket.addMembership(multicastGroup, address);
      return true;
    } catch (error) {
      // It is a second network of the same interface, or one that was away for a while.
      return (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    }
  }

  #read(bytes: Uint8Array, { address, port }: RemoteInfo): void {
    if (this.#isClosed || !this.#limit.take('')) return;
    // Messages of other networks are not taken: RFC 6762, section 11.
    const network = this.#networks.find((one) => isInNetwork(address, one));
    if (network === undefined) return;
    let message: DnsMessage;
    try {
      message = decodeDns(bytes);
    } catch (error) {
      asProtocolError(error);
      return;
    }
    this.#listener.received(message, { network, address, port });
  }

  /** Callers send a few messages in a second, so that the queue is short. */
  #queue(work: () => Promise<void>): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    // The network went away, or a firewall keeps the message.
    this.#sending = this.#sending.then(work).catch(() => undefined);
    return this.#sending;
  }

  #transmit(message: DnsMessage, port: number, address: string): Promise<void> {
    return new Promise((resolve) => this.#socket.send(encodeDns(message), port, address, () => resolve()));
  }
}

function isEqual(one: LocalNetwork, other: LocalNetwork): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
