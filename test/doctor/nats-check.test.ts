import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Fix, typeHere } from '../../src/doctor/check.ts';
import { checkNats } from '../../src/doctor/nats-check.ts';
import type { NatsAnswer, NatsChoice } from '../../src/doctor/nats-probe.ts';
import { makeNatsOptions } from '../support/nats-options.ts';

function choose(url: string): NatsChoice {
  return { options: makeNatsOptions(url, { retries: 1 }), retention: 'newest', subject: 'frames.garden' };
}

const there = choose('nats://nats.local');
const here = choose('nats://[::1]:4333');
const again = typeHere('image-sender doctor --publish nats://nats.local');
const failure = (code: string, reason: string): NatsAnswer => ({ kind: 'failure', code, reason });
const welcome = (streams: readonly string[] | undefined, difference = ''): NatsAnswer => {
  return { kind: 'welcome', roundTripMs: 1.25, streams, difference };
};
const keep: Fix = {
  command: `sudo install -d -o nats -g nats /var/lib/nats && echo 'jetstream { store_dir: "/var/lib/nats" }' | sudo tee -a /etc/nats-server.conf && sudo systemctl restart nats-server`,
  on: 'nats.local',
};

const cases: [
  what: string,
  answer: NatsAnswer,
  choice: NatsChoice,
  state: string,
  detail: RegExp,
  fix: Fix | undefined,
][] = [
  [
    'there is no stream yet',
    welcome([]),
    there,
    'ok',
    /^nats\.local:4222 has JetStream and no stream for frames\.garden yet: .* in 1\.3 ms$/,
    undefined,
  ],
  [
    'there is a stream',
    welcome(['FRAMES']),
    there,
    'ok',
    /has the stream FRAMES; pictures go to frames\.garden; it/,
    undefined,
  ],
  [
    'the stream is another',
    welcome(['OLD'], 'keeps all frames'),
    there,
    'ok',
    /the stream OLD \(which keeps all frames\);/,
    undefined,
  ],
  [
    'the stream takes others',
    { kind: 'welcome', roundTripMs: 1, streams: ['MINE'], difference: '', problem: 'no stream accepts it: add it' },
    there,
    'warning',
    /may not accept the pictures: no stream accepts it: add it;/,
    undefined,
  ],
  ['there are several streams', welcome(['A', 'B']), there, 'ok', /has the streams A, B;/, undefined],
  [
    'the user may not look',
    welcome(undefined),
    there,
    'warning',
    /does not allow it to see whether there is a stream/,
    undefined,
  ],
  [
    'it wants a login',
    failure('REJECTED', 'no'),
    there,
    'missing',
    /^no; the file holds USER:PASSWORD or a token$/,
    typeHere(`${again.command} --nats-login login.txt`),
  ],
  [
    'the login is wrong',
    failure('REJECTED', 'no'),
    choose('nats://pi:old@nats.local'),
    'missing',
    /^no; the configuration of the server says which users may log in$/,
    { command: "sudo grep -n -A 9 'authorization\\|accounts' /etc/nats-server.conf", on: 'nats.local' },
  ],
  [
    'it has no room',
    failure('REJECTED', 'maximum connections exceeded'),
    there,
    'missing',
    /maximum/,
    { command: 'sudo grep -n max_connections /etc/nats-server.conf', on: 'nats.local' },
  ],
  [
    'its certificate has another name',
    failure('UNTRUSTED', 'it is for x (ERR_TLS_CERT_ALTNAME_INVALID)'),
    there,
    'missing',
    /for x/,
    typeHere('image-sender doctor --publish nats://NAME-IN-CERTIFICATE:4222'),
  ],
  [
    'its certificate is not known',
    failure('UNTRUSTED', 'no'),
    there,
    'missing',
    /^no$/,
    typeHere(`${again.command} --nats-ca ca.pem`),
  ],
  [
    'it wants a certificate',
    failure('CONNECT_FAILED', 'it requires a client certificate that it trusts (X): --nats-cert and --nats-key'),
    there,
    'missing',
    /requires a client certificate/,
    typeHere(`${again.command} --nats-cert client.pem --nats-key client-key.pem`),
  ],
  ['it has no JetStream', failure('STREAM_UNUSABLE', 'no'), there, 'missing', /^no$/, keep],
  [
    'the one here has no JetStream',
    failure('STREAM_UNUSABLE', 'no'),
    here,
    'missing',
    /^no$/,
    typeHere('nats-server -js -p 4333'),
  ],
  [
    'nothing listens there',
    failure('CONNECT_FAILED', 'no (ECONNREFUSED)'),
    there,
    'missing',
    /; Debian's nats-server serves its own machine/,
    { command: "ss -ltn 'sport = :4222'", on: 'nats.local' },
  ],
  [
    'nothing listens here',
    failure('CONNECT_FAILED', 'no (ECONNREFUSED)'),
    here,
    'missing',
    /\(ECONNREFUSED\)$/,
    typeHere('nats-server -js -a ::1 -p 4333'),
  ],
  [
    'the name is not known',
    failure('CONNECT_FAILED', 'no (ENOTFOUND)'),
    there,
    'missing',
    /; its address does as well$/,
    { command: 'hostname -I', on: "the NATS server's machine" },
  ],
  [
    'it does not answer',
    failure('CONNECT_FAILED', 'no answer'),
    there,
    'missing',
    /^no answer$/,
    typeHere('ping -c 3 nats.local'),
  ],
];

describe('the result of a visit to a NATS server', () => {
  for (const [what, answer, choice, state, detail, fix] of cases) {
    test(`is ${state} when ${what}`, () => {
      const check = checkNats(answer, choice, again);
      assert.equal(check.name, 'NATS');
      assert.equal(check.state, state);
      assert.match(check.detail, detail);
      assert.deepEqual(check.fix, fix);
    });
  }
});
