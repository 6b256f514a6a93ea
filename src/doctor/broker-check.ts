import type { BrokerAnswer, BrokerChoice } from './broker-visit.ts';
import { type Check, type Fix, makeCheck, quoteWord, typeHere } from './check.ts';
import { describePlace, isHere } from './place.ts';

/** What a visit to the NATS server came to. @param again how to look once more */
export function judgeBroker(answer: BrokerAnswer, choice: BrokerChoice, again: Fix): Check {
  if (answer.kind === 'failure') {
    const { fix, hint = '' } = adviseFailure(answer, choice, again);
    return makeCheck('broker', 'missing', `${answer.reason}${hint}`, fix);
  }
  const { streams, difference, obstacle, roundTripMs } = answer;
  const [first = '', ...more] = streams ?? [];
  const address = choice.options.address.servers.join(',');
  const say = (what: string) => `${address} ${what}; it answered in ${roundTripMs.toFixed(1)} ms`;
  if (streams === undefined) {
    return makeCheck('broker', 'warning', say('lets this user in, who may not look whether a stream is there'));
  }
  if (obstacle !== undefined) return makeCheck('broker', 'warning', say(`may not take the pictures: ${obstacle}`));
  if (first === '') {
    const made = `has JetStream and no stream for ${choice.subject} yet: whoever publishes first makes it`;
    return makeCheck('broker', 'ok', say(made));
  }
  const names = `${more.length === 0 ? 'stream' : 'streams'} ${[first, ...more].join(', ')}`;
  const differs = difference === '' ? '' : ` (which ${difference})`;
  return makeCheck('broker', 'ok', say(`has the ${names}${differs}; pictures go to ${choice.subject}`));
}

type Failure = Extract<BrokerAnswer, { kind: 'failure' }>;

function adviseFailure({ code, reason }: Failure, choice: BrokerChoice, again: Fix): { fix: Fix; hint?: string } {
  const more = (...words: string[]): Fix => ({ ...again, command: [again.command, ...words].join(' ') });
  const { credentials, nkeySeed, address } = choice.options;
  const { host, port } = readServer(address.servers);
  const on = describePlace(host);
  if (code === 'REFUSED') {
    const hasLogin = credentials !== undefined || nkeySeed !== undefined || address.login !== undefined;
    const hint = '; the file holds USER:PASSWORD or a token';
    return hasLogin ? { fix: again } : { fix: more('--nats-login', 'login.txt'), hint };
  }
  if (code === 'UNTRUSTED') return { fix: more('--nats-ca', 'ca.pem') };
  if (/--nats-cert and --nats-key/.test(reason)) {
    return { fix: more('--nats-cert', 'client.pem', '--nats-key', 'client-key.pem') };
  }
  // As Debian's nats-server is set up: without, and for its own machine alone.
  if (code === 'STREAM_UNUSABLE')
    return { fix: { command: isHere(host) ? `nats-server -js -p ${port}` : serve(port), on } };
  if (/\(ECONNREFUSED\)/.test(reason)) {
    if (isHere(host)) return { fix: typeHere(`nats-server -js -a ${quoteWord(host)} -p ${port}`) };
    return {
      fix: { command: serve(port), on },
      hint: "; Debian's nats-server serves its own machine alone until it is told",
    };
  }
  if (/\((ENOTFOUND|EAI_AGAIN)\)/.test(reason)) {
    return { fix: { command: 'hostname -I', on: "the NATS server's machine" }, hint: '; its address does as well' };
  }
  return { fix: typeHere(`ping -c 3 ${quoteWord(host)}`) };
}

/** With JetStream, for all who reach it. */
function serve(port: number): string {
  const configuration = `host: 0.0.0.0\\nport: ${port}\\njetstream { store_dir: "/var/lib/nats" }\\n`;
  return `sudo install -d -o nats -g nats /var/lib/nats && printf '${configuration}' | sudo tee /etc/nats-server.conf && sudo systemctl restart nats-server`;
}

/** The first of a cluster. */
function readServer([first = '']: readonly string[]): { host: string; port: number } {
  const { hostname, port } = new URL(`nats://${first}`);
  return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
}
