import { formatAddress } from '../network/address.ts';
import type { FoundReceiver } from '../network/discovery/receiver-collector.ts';
import { knownValue } from './answer.ts';
import { type Check, makeCheck } from './check.ts';
import { defaultPort, type Facts } from './facts.ts';

/** The facts about receivers that nobody has named. */
type Findings = Pick<Facts, 'found' | 'isListeningHere'>;

/** More would fill the screen. */
const maxListed = 8;
/** Stands for the address of a receiver. */
const anyHost = 'ADDRESS';
/** Stands for a fingerprint that only the receiver itself can tell. */
const anyPin = 'sha256:...';
const here = formatAddress('localhost', defaultPort);
const howToJoin =
  'type image-receiver invite CAMERA at the receiver, and here the image-sender join CODE that it prints';

/** Lists the receivers of this machine, and those that announce themselves; nothing where none was looked for. */
export function checkFound({ found, isListeningHere }: Findings): Check[] {
  const line = `a program listens at ${here}, and image-sender sends to it; --host localhost lets the doctor ask it`;
  const own = isListeningHere ? [makeCheck('receiver', 'ok', line)] : [];
  return [...own, ...(found === undefined ? [] : listFound(found, isListeningHere))];
}

function listFound(found: NonNullable<Findings['found']>, isListeningHere: boolean): Check[] {
  if ('reason' in found) return [makeCheck('receiver', 'unknown', found.reason)];
  if (found.value.length === 0 && isListeningHere) return [];
  if (found.value.length === 0) {
    const advice = `${howToJoin}; or give its address with --host`;
    return [makeCheck('receiver', 'warning', `none announces itself in this network: ${advice}`)];
  }
  return found.value.slice(0, maxListed).map((one) => {
    const security = one.tls ? ', TLS only' : '';
    return makeCheck('receiver', 'ok', `${one.name} announces itself at ${placeOf(one)}${security}`);
  });
}

/** The options that choose a receiver for the next command. */
export interface Choice {
  readonly words: readonly string[];
  /** Says what else there is to know about the receiver; undefined: nothing. */
  readonly note: string | undefined;
}

export function chooseFound({ found, isListeningHere }: Findings): Choice {
  // image-sender takes it by itself, whatever else there is.
  if (isListeningHere) return { words: [], note: `it goes to ${here}` };
  const [only, ...others] = (found && knownValue(found)) ?? [];
  const words = ['--host', anyHost];
  if (only === undefined) {
    return { words, note: `no receiver is known: ${howToJoin}, or put its address in the place of ${anyHost}` };
  }
  if (others.length > 0) {
    return { words, note: `put the address of one of these receivers in the place of ${anyHost}` };
  }
  // image-sender finds it by itself.
  if (!only.tls) return { words: [], note: undefined };
  const port = only.port === defaultPort ? [] : ['--port', `${only.port}`];
  return {
    words: ['--host', only.addresses[0] ?? anyHost, ...port, '--tls-pin', anyPin],
    note: `${howToJoin}, or put the fingerprint that it printed at its start in the place of ${anyPin}`,
  };
}

function placeOf({ addresses, port }: FoundReceiver): string {
  return formatAddress(addresses[0] ?? '', port);
}
