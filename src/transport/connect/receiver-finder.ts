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
/** A receiver of this machine answers at once. */
const localTimeoutMs = 1000;

/** The receivers that were found are of no use without an option more. The message says which. */
export class UnusableFindError extends CodedError {}

/** A connection, and the place where it was made. */
export interface Found {
  readonly socket: Socket;
  readonly host: string;
  readonly port: number;
}

/**
 * Connects a sender that was not told where its receiver is: to the receiver of this machine, else
 * to the only one in the network. It stays with that receiver, also where its address changes.
 */
export class ReceiverFinder {
  readonly #find: FindReceivers;
  readonly #log: Log;
  #hasWarned = false;
  #chosen: FoundReceiver | 'local' | undefined;

  constructor(find: FindReceivers, log: Log) {
    this.#find = find;
    this.#log = log;
  }

  /** @throws CodedError as `dial`, SEVERAL_FOUND, or UNTRUSTED for a receiver with TLS */
  async dial(options: DialOptions, signal: AbortSignal): Promise<Found> {
    const chosen = this.#chosen;
    try {
      const place = chosen === undefined || chosen === 'local' ? options : placeOf(chosen);
      const connectTimeoutMs = Math.min(options.connectTimeoutMs, chosen === undefined ? localTimeoutMs : Infinity);
      const found = await connect({ ...options, connectTimeoutMs }, place, signal);
      this.#chosen ??= 'local';
      return found;
    } catch (error) {
      if (chosen === 'local' || signal.aborted || !isAbsence(error)) throw error;
      const next = await this.#look(options, chosen, signal);
      if (next === undefined) throw error;
      const found = await connect(options, placeOf(next), signal);
      this.#chosen = next;
      return found;
    }
  }

  /** @param chosen the receiver that is not at its address any more; undefined: any will do */
  async #look(
    { tls }: DialOptions,
    chosen: FoundReceiver | undefined,
    signal: AbortSignal,
  ): Promise<FoundReceiver | undefined> {
    const all = await this.#find(signal).catch((error) => this.#explain(error));
    const pin = tls?.pin?.replace('sha256:', '');
    const fitting = all.filter((one) => {
      const isSame = chosen === undefined || one.name === chosen.name;
      return isSame && (pin === undefined || (one.pin !== undefined && pin.startsWith(one.pin)));
    });
    const [found, ...others] = fitting;
    if (found === undefined || signal.aborted) return undefined;
    if (others.length > 0) throw describeSeveral(fitting);
    if (found.tls && tls === undefined) throw describeTls(found);
    const { host, port } = placeOf(found);
    this.#log.info(`found the receiver ${found.name} at ${formatAddress(host, port)}`);
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
  const { host, port } = placeOf(found);
  const reason = 'it accepts TLS only, and what a network says about its fingerprint proves nothing';
  const advice = 'Give --tls-pin with the fingerprint that image-receiver printed at its start';
  const message = `Cannot send to the receiver ${found.name} at ${formatAddress(host, port)}: ${reason}. ${advice}`;
  return new UnusableFindError('UNTRUSTED', message);
}

function placeOf({ addresses, port }: FoundReceiver): { host: string; port: number } {
  return { host: addresses[0] as string, port };
}

async function connect(
  options: DialOptions,
  { host, port }: Omit<Found, 'socket'>,
  signal: AbortSignal,
): Promise<Found> {
  return { socket: await dial({ ...options, host, port }, signal), host, port };
}

/** Whether there is no receiver, rather than another one than the right one. */
function isAbsence(error: unknown): boolean {
  return error instanceof CodedError && error.code === 'CONNECT_FAILED' && !(error instanceof MismatchError);
}
