import { formatAddress } from '../network/address.ts';
import type { FoundReceiver } from '../network/discovery/receiver-collector.ts';
import { type Answer, knownValue } from './answer.ts';
import { type Check, makeCheck } from './check.ts';

/** More would fill the screen. */
const maxListed = 8;
/** Stands for a fingerprint that only the receiver itself can tell. */
const anyPin = 'sha256:...';

/** Lists the receivers that announce themselves. */
export function checkFound(found: Answer<readonly FoundReceiver[]>): Check[] {
  if ('reason' in found) return [makeCheck('receiver', 'unknown', found.reason)];
  if (found.value.length === 0) {
    return [makeCheck('receiver', 'warning', 'none announces itself in this network: name one with --host')];
  }
  return found.value.slice(0, maxListed).map((one) => {
    const security = one.tls ? ', TLS only' : '';
    return makeCheck('receiver', 'ok', `${one.name} announces itself at ${placeOf(one)}${security}`);
  });
}

/** The options that choose a receiver for the next command. */
export interface Choice {
  readonly words: readonly string[];
  /** Says which of the words only stand for others; undefined: none does. */
  readonly note: string | undefined;
}

/** @param anyHost stands for the name of a receiver */
export function chooseFound(found: Answer<readonly FoundReceiver[]> | undefined, anyHost: string): Choice {
  const [only, ...others] = (found && knownValue(found)) ?? [];
  if (only === undefined)
    return { words: ['--host', anyHost], note: `the receiver's name goes in the place of ${anyHost}` };
  const place = `the address of the receiver goes in the place of ${anyHost}`;
  if (others.length > 0) return { words: ['--host', anyHost], note: place };
  // image-sender finds it by itself.
  if (!only.tls) return { words: [], note: undefined };
  const port = only.port === 8080 ? [] : ['--port', `${only.port}`];
  return {
    words: ['--host', only.addresses[0] ?? anyHost, ...port, '--tls-pin', anyPin],
    note: `the fingerprint that the receiver printed at its start goes in the place of ${anyPin}`,
  };
}

function placeOf({ addresses, port }: FoundReceiver): string {
  return formatAddress(addresses[0] ?? '', port);
}
