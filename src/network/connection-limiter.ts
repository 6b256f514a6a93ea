import { ProtocolError } from '../protocol/errors.ts';
import { hostKey } from './address.ts';

export interface ConnectionLimits {
  /** Connections open at once. */
  readonly maxSenders: number;
  /** Connections from one host among them. */
  readonly maxPerAddress: number;
}

/** A connection that is admitted, or asks to be. */
export interface Client {
  /** The address without the port. */
  readonly address: string;
  /** Whether it has shown that it is a sender: senders are never dropped for others. */
  readonly keepsPlace: boolean;
  /** Ends the connection, to make room for another. */
  drop(error: ProtocolError): void;
}

/**
 * Limits connections, in all and from each host. At a limit the oldest connection that has not said
 * anything yet makes room.
 */
export class ConnectionLimiter {
  readonly #limits: ConnectionLimits;
  /** The oldest connection comes first. */
  readonly #clients = new Set<Client>();
  readonly #counts = new Map<string, number>();

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  /** @throws ProtocolError TOO_MANY_SENDERS */
  admit(client: Client): void {
    const host = hostKey(client.address);
    const { maxSenders, maxPerAddress } = this.#limits;
    if ((this.#counts.get(host) ?? 0) >= maxPerAddress) this.#makeRoom(maxPerAddress, '--max-per-address', host);
    if (this.#clients.size >= maxSenders) this.#makeRoom(maxSenders, '--max-senders', undefined);
    this.#clients.add(client);
    this.#counts.set(host, (this.#counts.get(host) ?? 0) + 1);
  }

  /** The connection is gone. A second call does nothing. */
  leave(client: Client): void {
    if (!this.#clients.delete(client)) return;
    const host = hostKey(client.address);
    const count = (this.#counts.get(host) ?? 0) - 1;
    if (count > 0) this.#counts.set(host, count);
    else this.#counts.delete(host);
  }

  #makeRoom(limit: number, option: string, host: string | undefined): void {
    const from = host === undefined ? '' : ' from its address';
    const victim = this.#findSilent(host);
    if (victim !== undefined) {
      this.leave(victim);
      const message = `Cannot keep a silent connection as others wait and at most ${limit} may be open${from} (${option})`;
      victim.drop(new ProtocolError('TOO_MANY_SENDERS', message));
      return;
    }
    throw new ProtocolError(
      'TOO_MANY_SENDERS',
      `Cannot accept a sender as at most ${limit} may be connected${from} (${option})`,
    );
  }

  /**
   * The oldest silent connection of that host, or of the host with the most of them: a crowd from
   * few hosts drops its own.
   */
  #findSilent(host: string | undefined): Client | undefined {
    const silent = new Map<string, Client[]>();
    for (const client of this.#clients) {
      if (client.keepsPlace) continue;
      const key = hostKey(client.address);
      const others = silent.get(key);
      if (others === undefined) silent.set(key, [client]);
      else others.push(client);
    }
    if (host !== undefined) return silent.get(host)?.[0];
    let max: Client[] = [];
    for (const clients of silent.values()) if (clients.length > max.length) max = clients;
    return max[0];
  }
}
