import { isHere, withoutBrackets } from '../network/address.ts';
import { quoteWord } from '../system/shell-word.ts';
import { type Check, type Fix, makeCheck, typeHere, withOption } from './check.ts';
import type { NatsAnswer, NatsChoice } from './nats-probe.ts';
import { describePlace } from './place.ts';

/** The most streams that are named, besides the first. */
const maxNames = 4;

/** Judges the answer of the NATS server. @param again repeats the examination */
export function checkNats(answer: NatsAnswer, choice: NatsChoice, again: Fix): Check {
  if (answer.kind === 'failure') {
    const { fix, hint = '' } = adviseFailure(answer, choice, again);
    return makeCheck('NATS', 'missing', `${answer.reason}${hint}`, fix);
  }
  const { streams, difference, problem, roundTripMs } = answer;
  const [first = '', ...more] = streams ?? [];
  const address = choice.options.address.servers.join(',');
  const say = (what: string) => `${address} ${what}; it answered in ${roundTripMs.toFixed(1)} ms`;
  if (streams === undefined) {
    return makeCheck(
      'NATS',
      'warning',
      say('accepts this user, but does not allow it to see whether there is a stream'),
    );
  }
  if (problem !== undefined) return makeCheck('NATS', 'warning', say(`may not accept the pictures: ${problem}`));
  if (first === '') {
    const made = `has JetStream and no stream for ${choice.subject} yet: the first publisher makes it`;
    return makeCheck('NATS', 'ok', say(made));
  }
  const rest = more.length > maxNames ? ` and ${more.length - maxNames} more` : '';
  const names = `${more.length === 0 ? 'stream' : 'streams'} ${[first, ...more.slice(0, maxNames)].join(', ')}${rest}`;
  const differs = difference === '' ? '' : ` (which ${difference})`;
  return makeCheck('NATS', 'ok', say(`has the ${names}${differs}; pictures go to ${choice.subject}`));
}

/** Switches JetStream on in a server without it. */
const keep =
  'sudo install -d -o nats -g nats /var/lib/nats && echo \'jetstream { store_dir: "/var/lib/nats" }\' | sudo tee -a /etc/nats-server.conf && sudo systemctl restart nats-server';

type Failure = Extract<NatsAnswer, { kind: 'failure' }>;

interface Advice {
  readonly fix: Fix;
  readonly hint?: string;
}

function adviseFailure(failure: Failure, choice: NatsChoice, again: Fix): Advice {
  return adviseUnwelcome(failure, choice, again) ?? adviseUnusable(failure, readServer(choice.options.address.servers));
}

/** The server is there, and one side does not trust the other. */
function adviseUnwelcome({ code, reason }: Failure, { options }: NatsChoice, again: Fix): Advice | undefined {
  const more = (...words: string[]): Fix => ({ ...again, command: [again.command, ...words].join(' ') });
  const hasLogin =
    options.credentials !== undefined || options.nkeySeed !== undefined || options.address.login !== undefined;
  if (code === 'REJECTED' && !hasLogin && !/maximum connections/.test(reason)) {
    return { fix: more('--nats-login', 'login.txt'), hint: '; the file holds USER:PASSWORD or a token' };
  }
  if (code === 'UNTRUSTED' && !/ERR_TLS_CERT_ALTNAME_INVALID/.test(reason)) return { fix: more('--nats-ca', 'ca.pem') };
  if (code === 'REJECTED') {
    const { host } = readServer(options.address.servers);
    const setting = /maximum connections/.test(reason) ? 'max_connections' : "-A 9 'authorization\\|accounts'";
    const hint = hasLogin ? '; the configuration of the server says which users may log in' : '';
    return { fix: { command: `sudo grep -n ${setting} /etc/nats-server.conf`, on: describePlace(host) }, hint };
  }
  if (code === 'UNTRUSTED') {
    const { port } = readServer(options.address.servers);
    return { fix: withOption(again, 'publish', `nats://NAME-IN-CERTIFICATE:${port}`) };
  }
  if (!/--nats-cert and --nats-key/.test(reason)) return undefined;
  return { fix: more('--nats-cert', 'client.pem', '--nats-key', 'client-key.pem') };
}

/** The server is not there, or lacks something. */
function adviseUnusable({ code, reason }: Failure, { host, port }: { host: string; port: number }): Advice {
  const on = describePlace(host);
  // Debian sets nats-server up without JetStream.
  if (code === 'STREAM_UNUSABLE') return { fix: { command: isHere(host) ? `nats-server -js -p ${port}` : keep, on } };
  if (/\(ECONNREFUSED\)/.test(reason)) {
    if (isHere(host)) return { fix: typeHere(`nats-server -js -a ${quoteWord(host)} -p ${port}`) };
    const hint = "; Debian's nats-server serves its own machine alone until host: 0.0.0.0 is in its configuration";
    return { fix: { command: `ss -ltn 'sport = :${port}'`, on }, hint };
  }
  if (/\((ENOTFOUND|EAI_AGAIN)\)/.test(reason)) {
    return { fix: { command: 'hostname -I', on: "the NATS server's machine" }, hint: '; its address does as well' };
  }
  return { fix: typeHere(`ping -c 3 ${quoteWord(host)}`) };
}

/** The first server of a cluster. */
function readServer([first = '']: readonly string[]): { host: string; port: number } {
  const { hostname, port } = new URL(`nats://${first}`);
  return { host: withoutBrackets(hostname), port: Number(port) };
}
