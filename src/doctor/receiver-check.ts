import { formatAddress, isHere } from '../network/address.ts';
import type { DetectorState } from '../protocol/wire2/message.ts';
import { quoteWord } from '../system/shell-word.ts';
import {
  type Check,
  type CheckState,
  type Fix,
  makeCheck,
  readOption,
  typeHere,
  withOption,
  withoutOption,
} from './check.ts';
import { describePlace } from './place.ts';
import type { ReceiverAnswer, ReceiverChoice, ReceiverVisit } from './receiver-probe.ts';

/** Says what the probe is going to do, as a Python server does not survive it. */
export function announceProbe({ host, port }: ReceiverChoice): string {
  return `connects to ${formatAddress(host, port)} and sends no picture (if a Python server listens there, it ends with this connection)`;
}

/** Judges the answer of the receiver. @param again repeats the examination */
export function checkReceiver(answer: ReceiverVisit, asked: ReceiverChoice, again: Fix): Check {
  const choice = { ...asked, ...answer.movedTo };
  const moved = answer.movedTo === undefined ? '' : ` (it was at ${formatAddress(asked.host, asked.port)})`;
  const address = `${formatAddress(choice.host, choice.port)}${moved}`;
  const say = (state: CheckState, what: string, fix?: Fix) => makeCheck('receiver', state, `${address} ${what}`, fix);
  switch (answer.kind) {
    case 'welcome':
      return say('ok', describeWelcome(answer, choice));
    case 'rejection':
      return describeRejection(answer, choice, again, say);
    case 'unasked':
      return say('ok', 'accepts connections; with --wire classic the doctor does not check more');
    case 'silence':
      return describeSilence(choice, say);
    case 'closed':
      return say('missing', 'closed the connection without an answer: it is no image-receiver', findListener(choice));
    case 'unknown protocol':
      return describeForeignProtocol(answer, choice, again, say);
    case 'unreachable': {
      const { fix, hint = '' } = adviseUnreached(answer, choice);
      return makeCheck('receiver', 'missing', `${answer.reason}${hint}`, fix);
    }
  }
}

/** Stands for a path that only the user knows who started the receiver. */
const receiverTokenFile = 'RECEIVER-TOKEN-FILE';

type UnknownProtocol = Extract<ReceiverAnswer, { kind: 'unknown protocol' }>;
type Say = (state: CheckState, what: string, fix?: Fix) => Check;

type Welcome = Extract<ReceiverAnswer, { kind: 'welcome' }>;

function describeWelcome({ roundTripMs, detector }: Welcome, { tls, token }: ReceiverChoice): string {
  const secured = tls === undefined ? '' : ' over TLS, has the right certificate';
  const admitted = token.length === 0 ? '' : ' and accepts the token';
  return `uses wire 2${secured}${admitted}; it answered in ${roundTripMs.toFixed(1)} ms${describeDetector(detector)}`;
}

/** Empty: it has none. */
function describeDetector(detector: DetectorState | undefined): string {
  if (detector === undefined) return '';
  const { ageMs } = detector;
  const last = ageMs === undefined ? 'it has answered for no picture yet' : `its last answer was ${ageMs} ms old`;
  return `; it has a detector: ${last}`;
}

function describeSilence({ wire, token, host, port }: ReceiverChoice, say: Say): Check {
  if (token.length > 0 || wire === '2') {
    const reason = token.length > 0 ? 'a token needs wire 2' : '--wire 2 asks for more';
    const fix = startReceiver(host, port);
    return say('missing', `accepted the connection and sent nothing, as a Python server does, but ${reason}`, fix);
  }
  const may = 'it may be a Python server, which accepts pictures, or another program';
  return say('warning', `accepted the connection and sent nothing: ${may}`);
}

function describeForeignProtocol(
  { speaks, fingerprint }: UnknownProtocol,
  choice: ReceiverChoice,
  again: Fix,
  say: Say,
): Check {
  if (fingerprint !== undefined) {
    const advice = `trust ${fingerprint} if that is what it printed at its start`;
    return say('missing', `requires TLS: ${advice}`, {
      ...again,
      command: `${again.command} --tls-pin ${fingerprint}`,
    });
  }
  if (speaks === 'TLS') {
    return say('missing', 'requires TLS: give --tls-pin with its fingerprint', printFingerprint(choice.host));
  }
  const what = speaks === undefined ? 'another protocol' : speaks;
  return say('missing', `speaks ${what}: it is no image-receiver; is --port right?`, findListener(choice));
}

type Rejection = Extract<ReceiverAnswer, { kind: 'rejection' }>;

function describeRejection(rejection: Rejection, choice: ReceiverChoice, again: Fix, say: Say): Check {
  const { code, reason } = rejection;
  const what = `rejects the connection: ${reason} (${code})${hints[code] ?? ''}`;
  return say('missing', what, adviseRejected(rejection, choice, again));
}

const tokenHint = '; the right token is in the file that image-receiver was given with --token-file';
const joinHint = '. Then type here the image-sender join CODE that it prints';
/** Further words, by the code of a rejection. */
const hints: Readonly<Record<string, string>> = {
  BAD_TOKEN: tokenHint,
  TOKEN_MISSING: tokenHint,
  NOT_JOINED: joinHint,
  NAME_JOINED: joinHint,
};

/** The command that may succeed where this one was rejected. */
function adviseRejected({ code, reason }: Rejection, { host, port, tls }: ReceiverChoice, again: Fix): Fix {
  switch (code) {
    case 'NOT_ACCEPTED':
      return /classic/.test(reason)
        ? withOption(withoutOption(again, 'idle-timeout'), 'wire', 'classic')
        : startReceiver(host, port);
    case 'TOKEN_MISSING': {
      const fix = withOption(again, 'token-file', isHere(host) ? receiverTokenFile : 'token');
      return tls === undefined ? { ...fix, command: `${fix.command} --token-without-tls` } : fix;
    }
    case 'BAD_TOKEN':
      if (isHere(host)) return withOption(again, 'token-file', receiverTokenFile);
      return typeHere(`scp ${quoteWord(host)}:token ${readOption(again, 'token-file') ?? 'token'}`);
    case 'NOT_JOINED':
    case 'NAME_JOINED':
      return inviteCamera(host);
    case 'TOO_MANY_GUESSES':
      return { ...again, command: `sleep ${/ in (\d+) s/.exec(reason)?.[1] ?? '60'} && ${again.command}` };
    case 'TOO_MANY_SENDERS':
      return startReceiver(host, port, /--max-(senders|per-address)/.exec(reason)?.[0] ?? '--max-senders', '200');
    default:
      // The receiver has logged why it rejected the probe.
      return { command: 'journalctl -u image-receiver -n 20', on: describePlace(host) };
  }
}

function adviseUnreached(
  { isTrusted, reason }: { isTrusted: boolean; reason: string },
  { host, port, tls, find }: ReceiverChoice,
): { fix: Fix; hint?: string } {
  const isJoined = tls?.isJoined === true;
  // The reason says it where another receiver is there.
  if (isJoined && (!isTrusted || /does not speak TLS|before TLS was up/.test(reason)))
    return { fix: inviteCamera(host) };
  if (!isTrusted) return { fix: printFingerprint(host) };
  if (isJoined && find !== undefined) {
    const hint = '; and no receiver of its fingerprint announces itself in this network';
    return { fix: startReceiver(host, port), hint };
  }
  if (/\(ECONNREFUSED\)/.test(reason)) {
    const hint = isHere(host) ? '' : '; without --host 0.0.0.0 a receiver accepts only senders on its own machine';
    return { fix: startReceiver(host, port), hint };
  }
  if (/\((ENOTFOUND|EAI_AGAIN)\)/.test(reason)) {
    return { fix: { command: 'hostname -I', on: "the receiver's machine" }, hint: '; its address does as well' };
  }
  if (/TLS/.test(reason)) return { fix: startReceiver(host, port, '--tls') };
  const mayBeDropped = /no answer within/.test(reason) && !isHere(host);
  const hint = `; if ping has an answer, its firewall may drop what comes to the port: sudo ufw allow ${port}/tcp there`;
  return { fix: typeHere(`ping -c 3 ${quoteWord(host)}`), hint: mayBeDropped ? hint : '' };
}

function startReceiver(host: string, port: number, ...more: string[]): Fix {
  const words = ['image-receiver', '--host', isHere(host) ? quoteWord(host) : '0.0.0.0', '--port', `${port}`, ...more];
  return { command: words.join(' '), on: describePlace(host) };
}

/** A command that prints the line with which this camera can join. */
function inviteCamera(host: string): Fix {
  return { command: 'image-receiver invite CAMERA', on: describePlace(host) };
}

/** A command that prints the fingerprint and ends. */
function printFingerprint(host: string): Fix {
  return { command: 'image-receiver --tls --port 0 --duration 1s', on: describePlace(host) };
}

/** A command that prints which program has the port. */
function findListener({ host, port }: ReceiverChoice): Fix {
  return { command: `sudo ss -ltnp 'sport = :${port}'`, on: describePlace(host) };
}
