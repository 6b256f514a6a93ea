import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Fix, typeHere } from '../../src/doctor/check.ts';
import { announceProbe, checkReceiver } from '../../src/doctor/receiver-check.ts';
import type { ReceiverAnswer, ReceiverChoice, ReceiverVisit } from '../../src/doctor/receiver-probe.ts';

const there: ReceiverChoice = {
  host: 'my-pc.local',
  port: 8080,
  connectTimeoutMs: 1000,
  tls: undefined,
  wire: 'auto',
  token: new Uint8Array(),
};
const here = { ...there, host: '::1', port: 9000 };
const secured = { ...there, tls: { pin: 'sha256:00', ca: undefined }, token: new Uint8Array(8) };
const joined: ReceiverChoice = { ...secured, wire: '2', tls: { pin: 'sha256:00', ca: undefined, isJoined: true } };
const again = typeHere('image-sender doctor --host my-pc.local');
const atPc = (command: string): Fix => ({ command, on: 'my-pc.local' });
const unreachable = (reason: string, isTrusted = true): ReceiverAnswer => ({ kind: 'unreachable', isTrusted, reason });

const cases: [
  what: string,
  answer: ReceiverVisit,
  choice: ReceiverChoice,
  state: string,
  detail: RegExp,
  fix: Fix | undefined,
][] = [
  [
    'it is welcome',
    { kind: 'welcome', roundTripMs: 12.34 },
    there,
    'ok',
    /^my-pc\.local:8080 uses wire 2; it answered in 12\.3 ms$/,
    undefined,
  ],
  [
    'it is welcome with TLS and a token',
    { kind: 'welcome', roundTripMs: 1 },
    secured,
    'ok',
    /wire 2 over TLS, has the right certificate and accepts the token; it answered in 1\.0 ms$/,
    undefined,
  ],
  [
    'it has moved',
    { kind: 'welcome', roundTripMs: 1, movedTo: { host: '10.7.0.9', port: 8081 } },
    joined,
    'ok',
    /^10\.7\.0\.9:8081 \(it was at my-pc\.local:8080\) uses wire 2 over TLS/,
    undefined,
  ],
  [
    'it has moved, and does not know the camera any more',
    { kind: 'rejection', code: 'NOT_JOINED', reason: 'no', movedTo: { host: '10.7.0.9', port: 8080 } },
    joined,
    'missing',
    /rejects the connection: no \(NOT_JOINED\)\. Then type here the image-sender join CODE that it prints$/,
    { command: 'image-receiver invite CAMERA', on: '10.7.0.9' },
  ],
  [
    'only cameras that joined may come',
    { kind: 'rejection', code: 'NOT_JOINED', reason: 'no' },
    here,
    'missing',
    /image-sender join CODE/,
    typeHere('image-receiver invite CAMERA'),
  ],
  [
    'a camera has joined with that name',
    { kind: 'rejection', code: 'NAME_JOINED', reason: 'no' },
    there,
    'missing',
    /NAME_JOINED.*image-sender join CODE/,
    atPc('image-receiver invite CAMERA'),
  ],
  [
    'the receiver that was joined has another certificate',
    unreachable('Cannot connect: its certificate is not the one of the receiver that was joined', false),
    joined,
    'missing',
    /not the one of the receiver that was joined/,
    atPc('image-receiver invite CAMERA'),
  ],
  [
    'the receiver that was joined takes no TLS any more',
    unreachable('Cannot connect: it closed the connection before TLS was up'),
    joined,
    'missing',
    /before TLS was up/,
    atPc('image-receiver invite CAMERA'),
  ],
  [
    'the receiver that was joined is nowhere',
    unreachable('Cannot connect: nothing listens there (ECONNREFUSED)'),
    { ...joined, find: async () => [] },
    'missing',
    /ECONNREFUSED\); and no receiver of its fingerprint announces itself in this network$/,
    atPc('image-receiver --host 0.0.0.0 --port 8080'),
  ],
  ['nobody was asked', { kind: 'unasked' }, there, 'ok', /accepts connections/, undefined],
  ['it is silent', { kind: 'silence' }, there, 'warning', /may be a Python server/, undefined],
  [
    'it is silent and there is a token',
    { kind: 'silence' },
    { ...here, token: new Uint8Array(8) },
    'missing',
    /^\[::1\]:9000 .*a token needs wire 2/,
    typeHere('image-receiver --host ::1 --port 9000'),
  ],
  [
    'the token is wrong',
    { kind: 'rejection', code: 'BAD_TOKEN', reason: 'the token is wrong' },
    secured,
    'missing',
    /rejects the connection: the token is wrong \(BAD_TOKEN\)/,
    typeHere('scp my-pc.local:token token'),
  ],
  [
    'the token is missing here',
    { kind: 'rejection', code: 'TOKEN_MISSING', reason: 'no token' },
    { ...here, tls: secured.tls },
    'missing',
    /the right token is in the file that image-receiver was given with --token-file$/,
    typeHere(`${again.command} --token-file RECEIVER-TOKEN-FILE`),
  ],
  [
    'too many wrong tokens came',
    { kind: 'rejection', code: 'TOO_MANY_GUESSES', reason: 'too many: try again in 7 s' },
    secured,
    'missing',
    /TOO_MANY_GUESSES/,
    typeHere(`sleep 7 && ${again.command}`),
  ],
  [
    'it gives a reason that is not known',
    { kind: 'rejection', code: 'BAD_MESSAGE', reason: 'no' },
    there,
    'missing',
    /BAD_MESSAGE/,
    atPc('journalctl -u image-receiver -n 20'),
  ],
  [
    'the token is missing',
    { kind: 'rejection', code: 'TOKEN_MISSING', reason: 'no token' },
    there,
    'missing',
    /TOKEN_MISSING/,
    typeHere(`${again.command} --token-file token --token-without-tls`),
  ],
  [
    'all places are taken',
    { kind: 'rejection', code: 'TOO_MANY_SENDERS', reason: 'full (--max-per-address)' },
    there,
    'missing',
    /TOO_MANY_SENDERS/,
    atPc('image-receiver --host 0.0.0.0 --port 8080 --max-per-address 200'),
  ],
  ['it closes', { kind: 'closed' }, there, 'missing', /no image-receiver/, atPc("sudo ss -ltnp 'sport = :8080'")],
  [
    'it speaks HTTP',
    { kind: 'unknown protocol', speaks: 'HTTP' },
    there,
    'missing',
    /speaks HTTP.*--port/,
    atPc("sudo ss -ltnp 'sport = :8080'"),
  ],
  [
    'it wants TLS and shows its fingerprint',
    { kind: 'unknown protocol', speaks: 'TLS', fingerprint: 'sha256:ab' },
    there,
    'missing',
    /requires TLS: trust sha256:ab if that is what it printed/,
    typeHere(`${again.command} --tls-pin sha256:ab`),
  ],
  [
    'the token is wrong here',
    { kind: 'rejection', code: 'BAD_TOKEN', reason: 'the token is wrong' },
    { ...here, token: new Uint8Array(8) },
    'missing',
    /BAD_TOKEN/,
    typeHere(`${again.command} --token-file RECEIVER-TOKEN-FILE`),
  ],
  [
    'it takes plain senders alone',
    { kind: 'rejection', code: 'NOT_ACCEPTED', reason: 'it must come by one of --accept http: it comes by 2' },
    there,
    'missing',
    /NOT_ACCEPTED/,
    atPc('image-receiver --host 0.0.0.0 --port 8080'),
  ],
  [
    'it takes the classic wire alone',
    { kind: 'rejection', code: 'NOT_ACCEPTED', reason: 'it must come by one of --accept classic: it comes by 2' },
    there,
    'missing',
    /NOT_ACCEPTED/,
    typeHere(`${again.command} --wire classic`),
  ],
  [
    'it wants TLS',
    { kind: 'unknown protocol', speaks: 'TLS' },
    there,
    'missing',
    /requires TLS.*--tls-pin/,
    atPc('image-receiver --tls --port 0 --duration 1s'),
  ],
  [
    'its certificate is another',
    unreachable('its certificate is not the one of --tls-pin', false),
    secured,
    'missing',
    /not the one of --tls-pin/,
    atPc('image-receiver --tls --port 0 --duration 1s'),
  ],
  [
    'nothing listens there',
    unreachable('Cannot connect: nothing listens there (ECONNREFUSED)'),
    there,
    'missing',
    /ECONNREFUSED\); without --host 0\.0\.0\.0/,
    atPc('image-receiver --host 0.0.0.0 --port 8080'),
  ],
  [
    'nothing listens here',
    unreachable('Cannot connect: nothing listens there (ECONNREFUSED)'),
    here,
    'missing',
    /ECONNREFUSED\)$/,
    typeHere('image-receiver --host ::1 --port 9000'),
  ],
  [
    'the name is not known',
    unreachable('Cannot connect: that name is not known (ENOTFOUND)'),
    there,
    'missing',
    /ENOTFOUND/,
    { command: 'hostname -I', on: "the receiver's machine" },
  ],
  [
    'it does not speak TLS',
    unreachable('Cannot connect: it closed the connection before TLS was up'),
    secured,
    'missing',
    /before TLS was up/,
    atPc('image-receiver --host 0.0.0.0 --port 8080 --tls'),
  ],
  [
    'nobody answers',
    unreachable('Cannot connect: no answer within 4 s'),
    there,
    'missing',
    /no answer/,
    typeHere('ping -c 3 my-pc.local'),
  ],
];

describe('check of a receiver', () => {
  for (const [what, answer, choice, state, detail, fix] of cases) {
    test(`says so and what to do when ${what}`, () => {
      const check = checkReceiver(answer, choice, again);
      assert.equal(check.state, state);
      assert.match(check.detail, detail);
      assert.deepEqual(check.fix, fix);
    });
  }

  test('names another token file than that which was typed, or writes the right one there', () => {
    const wrong: ReceiverAnswer = { kind: 'rejection', code: 'BAD_TOKEN', reason: 'no' };
    const typed = typeHere("image-sender doctor --token-file 'a token' --wire 2");
    const local = checkReceiver(wrong, { ...here, token: new Uint8Array(8) }, typed);
    assert.equal(local.fix?.command, 'image-sender doctor --token-file RECEIVER-TOKEN-FILE --wire 2');
    const remote = checkReceiver(wrong, secured, typed);
    assert.equal(remote.fix?.command, "scp my-pc.local:token 'a token'");
  });

  test('leaves out of the advised command what would not go with it', () => {
    const answer = { kind: 'rejection', code: 'NOT_ACCEPTED', reason: '--accept classic: it comes by 2' } as const;
    const typed = typeHere("image-sender doctor --idle-timeout 5s --name 'a b' --wire auto");
    const { fix } = checkReceiver(answer, there, typed);
    assert.deepEqual(fix, typeHere("image-sender doctor --name 'a b' --wire classic"));
  });

  test('advises no command that was just typed in vain', () => {
    for (const code of [
      'BAD_TOKEN',
      'TOKEN_MISSING',
      'TOO_MANY_GUESSES',
      'TOO_MANY_SENDERS',
      'NOT_ACCEPTED',
      'FAULT',
    ]) {
      for (const choice of [there, here, secured]) {
        const check = checkReceiver({ kind: 'rejection', code, reason: 'no' }, choice, again);
        assert.notEqual(check.fix?.command, again.command, code);
      }
    }
  });

  test('quotes a host that a shell would take apart', () => {
    const check = checkReceiver(unreachable('no answer within 4 s'), { ...there, host: 'a;reboot' }, again);
    assert.equal(check.fix?.command, "ping -c 3 'a;reboot'");
  });

  test('warns of what it does to a Python server before it is done', () => {
    assert.match(announceProbe(there), /my-pc\.local:8080 and sends no picture \(if a Python server/);
  });
});
