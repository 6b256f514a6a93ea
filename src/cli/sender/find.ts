import process from 'node:process';
import { findReceivers } from '../../network/discovery/find-receivers.ts';
import { isMulticastOn } from '../../network/discovery/multicast-switch.ts';
import { isListeningHere } from '../../network/listening-here.ts';
import type { RawOptions, Values } from '../../options/option.ts';
import type { FindReceivers } from '../../transport/connect/receiver-finder.ts';
import type { findOptions, receiverOptions, trustOptions } from './target.ts';

/**
 * How a sender finds its receiver; undefined: it does not look.
 *
 * Anyone in the network can announce a receiver. So a sender that is to give a token, or to trust
 * a certificate, looks only where a fingerprint says which receiver is the right one: the name and the address
 * that an authority would vouch for come from the announcement itself.
 * @throws CodedError BAD_OPTION
 */
export function findFor(
  raw: RawOptions,
  values: Values<typeof receiverOptions & typeof findOptions & typeof trustOptions>,
): FindReceivers | undefined {
  const { find, port, tls, 'tls-pin': pin, 'tls-ca': ca, 'token-file': token } = values;
  // `--host localhost` is a choice too.
  if (!find || raw['host'] !== undefined || !isMulticastOn(process.env)) return undefined;
  const isTrusting = tls || ca !== undefined || token !== undefined;
  if (isTrusting && pin === undefined) return undefined;
  if (raw['port'] === undefined) return findReceivers;
  return async (signal) => (await findReceivers(signal)).filter((found) => found.port === port);
}

/** An older answer may not be right any more: milliseconds. */
const freshMs = 10_000;

/**
 * Begins the first look at once, while the camera is opened, unless something listens on this
 * machine or that is not known.
 */
export function lookEarly(
  find: FindReceivers,
  port: number,
  signal: AbortSignal,
  isTaken: (port: number) => Promise<boolean | undefined> = isListeningHere,
): FindReceivers {
  const startMs = performance.now();
  let early: Promise<Awaited<ReturnType<FindReceivers>> | undefined> | undefined = isTaken(port).then((taken) =>
    taken === false ? find(signal) : undefined,
  );
  // It is told when the result is asked for.
  early.catch(() => undefined);
  return async (laterSignal) => {
    const found = performance.now() - startMs < freshMs ? await early : undefined;
    early = undefined;
    return found ?? find(laterSignal);
  };
}
