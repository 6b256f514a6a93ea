import type { Socket } from 'node:net';
import { MismatchError } from '../../delivery/mismatch-error.ts';
import { CodedError } from '../../errors.ts';
import { formatAddress } from '../../network/address.ts';
import type { FoundReceiver } from '../../network/discovery/receiver-collector.ts';
import type { Log } from '../../system/log.ts';
import { type DialOptions, dial } from './dial.ts';

/** Looks for receivers in the network. @throws CodedError */
export type FindReceivers = (signal: AbortSignal) => Promise<readonly FoundReceiver[]>;

/** More would hide the sentence that they are part of. */
const maxListed = 8;
/** Places that are remembered as those of other programs. */
const maxAvoided = 64;
/** A receiver of this machine answers at once. */
const localTimeoutMs = 1000;

/** The receivers that were found are of no use without an option more. The message says which. */
export class UnusableFindError extends CodedError {}

interface Place {
  readonly host: string;
  readonly port: number;
}

/** A connection, and the place where it was made. */
export interface Found extends Place {
  readonly socket: Socket;
}

/**
 * Connects a sender that was not told where its receiver is: to the receiver of this machine, else
 * to the only one in the network. It stays with that receiver, also where its address changes.
 *
 * A program that takes a connection need not be a receiver. So the caller says when the connection
 * is over whether it was one. Places where none was are the last to be tried again.
 */
export class ReceiverFinder {
  readonly #find: FindReceivers;
  readonly #log: Log;
  #hasWarned = false;
  #chosen: FoundReceiver | 'local' | undefined;
  /** That of the last connection. */
  #candidate: FoundReceiver | 'local' = 'local';
  #candidateAddress = '';
  /** The first place is that of a receiver which was joined, and which may have another address later. */
  #mayMove = false;
  /** Places where no receiver was, as `host:port`. */
  readonly #avoided = new Set<string>();

  constructor(find: FindReceivers, log: Log) {
    this.#find = find;
    this.#log = log;
  }

  /** Stays with the place of the last connection: a receiver is there. */
  choose(): void {
    if (this.#candidate !== 'local' || !this.#mayMove) this.#chosen = this.#candidate;
    this.#avoided.clear();
  }

  /** The last connection has ended, and nothing showed that a receiver is there. */
  avoid(): void {
    // Anyone may announce any number of places.
    if (this.#avoided.size >= maxAvoided) this.#avoided.clear();
    this.#avoided.add(this.#candidateAddress);
  }

  /** @throws CodedError as `dial`, SEVERAL_FOUND, or UNTRUSTED for a receiver with TLS */
  async dial(options: DialOptions, signal: AbortSignal): Promise<Found> {
    const chosen = this.#chosen;
    if (chosen === 'local') return connect(options, options, signal);
    const first = chosen === undefined ? formatAddress(options.host, options.port) : addressOf(chosen);
    const isAvoided = this.#avoided.has(first);
    const better = isAvoided ? await this.#look(options, chosen, signal) : undefined;
    if (better !== undefined) return this.#connect(options, better, signal);
    try {
      return await this.#connect(options, chosen ?? 'local', signal);
    } catch (error) {
      if (signal.aborted || isAvoided) throw error;
      const found = await this.#look(options, chosen, signal);
      if (found === undefined || addressOf(found) === first) throw error;
      return this.#connect(options, found, signal);
    }
  }

  async #connect(options: DialOptions, to: FoundReceiver | 'local', signal: AbortSignal): Promise<Found> {
    const place = to === 'local' ? options : placeOf(to);
    this.#candidate = to;
    this.#candidateAddress = formatAddress(place.host, place.port);
    this.#mayMove = options.tls?.isJoined ?? false;
    const isHere = to === 'local' && !this.#mayMove;
    const connectTimeoutMs = Math.min(options.connectTimeoutMs, isHere ? localTimeoutMs : Infinity);
    const found = await connect({ ...options, connectTimeoutMs }, place, signal).catch((error) => {
      // Another program is there, or a receiver that is not the right one.
      if (!signal.aborted && !isAbsence(error)) this.avoid();
      throw error;
    });
    // The certificate has shown it.
    if (options.tls !== undefined) this.choose();
    return found;
  }

  /**
   * Where all that fit are avoided, they are tried again: a receiver may be there by now.
   * @param chosen the receiver that is not at its address any more; undefined: any will do
   */
  async #look(
    { tls, port }: DialOptions,
    chosen: FoundReceiver | undefined,
    signal: AbortSignal,
  ): Promise<FoundReceiver | undefined> {
    const all = await this.#find(signal).catch((error) => this.#explain(error));
    const pin = tls?.pin?.replace('sha256:', '');
    const fitting = all.filter((one) => {
      const isSame = chosen === undefined || one.name === chosen.name;
      return isSame && (pin === undefined || (one.pin !== undefined && pin.startsWith(one.pin)));
    });
    // Receivers of one user have one certificate, and the port tells them apart.
    const here = tls?.isJoined ? fitting.filter((one) => one.port === port) : [];
    const candidates = here.length > 0 ? here : fitting;
    const left = candidates.filter((one) => !this.#avoided.has(addressOf(one)));
    if (left.length === 0) this.#avoided.clear();
    const [found, ...others] = left.length === 0 ? candidates : left;
    if (found === undefined || signal.aborted) return undefined;
    if (others.length > 0) throw describeSeveral([found, ...others]);
    if (found.tls && tls === undefined) throw describeTls(found);
    this.#log.info(`found the receiver ${found.name} at ${addressOf(found)}`);
    return found;
  }

  /** Without a look the sender fails as one that has found nothing. */
  #explain(error: unknown): readonly FoundReceiver[] {
    if (!(error instanceof CodedError)) throw error;
    if (!this.#hasWarned) this.#log.warn(`${error.message}. So no receiver is found in the network: give --host`);
    this.#hasWarned = true;
    return [];
  }
}

/** The options that choose that receiver. */
export function describeChoice(found: FoundReceiver): string {
  const { host, port } = placeOf(found);
  return `--host ${host}${port === 8080 ? '' : ` --port ${port}`}${found.tls ? ' --tls-pin with its fingerprint' : ''}`;
}

function describeSeveral(found: readonly FoundReceiver[]): UnusableFindError {
  const choices = found.slice(0, maxListed).map((one) => `${describeChoice(one)} for ${one.name}`);
  const rest = found.length > maxListed ? `; image-receiver --find lists all` : '';
  const what = `Cannot choose one of ${found.length} receivers in this network`;
  return new UnusableFindError('SEVERAL_FOUND', `${what}: give ${choices.join(', or ')}${rest}`);
}

function describeTls(found: FoundReceiver): UnusableFindError {
  const reason = 'it accepts TLS only, and what a network says about its fingerprint proves nothing';
  const advice = 'Give --tls-pin with the fingerprint that image-receiver printed at its start';
  const message = `Cannot send to the receiver ${found.name} at ${addressOf(found)}: ${reason}. ${advice}`;
  return new UnusableFindError('UNTRUSTED', message);
}

function placeOf({ addresses, port }: FoundReceiver): Place {
  return { host: addresses[0] as string, port };
}

function addressOf(found: FoundReceiver): string {
  const { host, port } = placeOf(found);
  return formatAddress(host, port);
}

async function connect(options: DialOptions, { host, port }: Place, signal: AbortSignal): Promise<Found> {
  return { socket: await dial({ ...options, host, port }, signal), host, port };
}

/** Whether there is no receiver, rather than another one than the right one. */
function isAbsence(error: unknown): boolean {
  return error instanceof CodedError && error.code === 'CONNECT_FAILED' && !(error instanceof MismatchError);
}
