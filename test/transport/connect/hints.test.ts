import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFrameQueue } from '../../../src/delivery/create-queue.ts';
import type { CapturedFrame } from '../../../src/protocol/frame.ts';
import { createTcpSender, type TcpSenderOptions } from '../../../src/transport/connect/tcp-sender.ts';
import { makeCaptured } from '../../support/frames.ts';
import { tinyJpeg } from '../../support/jpeg.ts';
import { openOwn, openTarget, type Target } from '../../support/targets.ts';

const noToken = new Uint8Array();
const token = new TextEncoder().encode('incorrect horse');
const tls = { pin: `sha256:${'0'.repeat(64)}`, ca: undefined };
const defaultValue: Omit<TcpSenderOptions, 'port'> = {
  host: '127.0.0.1',
  connectTimeoutMs: 20_000,
  tls: undefined,
  sendTimeoutMs: 20_000,
  idleTimeoutMs: 20_000,
  name: 'garden',
  token: noToken,
  wire: 'auto',
  delivery: 'every',
  retries: 2,
  maxInFlight: 2,
  bufferBytes: 2 ** 24,
  count: 0,
};

async function* film(): AsyncGenerator<CapturedFrame> {
  const jpeg = tinyJpeg(64, 48);
  for (let sequence = 1; ; sequence++) {
    yield { ...makeCaptured(sequence), jpeg, width: 64, height: 48 };
    // A peer that is slow to answer has answered before the next frame.
    await sleep(500);
  }
}

/** The lines that the log warns with, and that of the failure, of two tries. */
async function sendTo(target: Target, options: Partial<TcpSenderOptions>, frames = film()): Promise<string[]> {
  const lines: string[] = [];
  const given = { ...defaultValue, port: target.port, ...options };
  const log = { info: () => undefined, warn: (line: string) => lines.push(line) };
  const sender = createTcpSender(given, createFrameQueue(frames, { ...given, isLive: false }), log);
  await assert.rejects(sender.run(new AbortController().signal), (error: Error) => lines.push(error.message) > 0);
  return lines;
}

/** Says so at once, and reads on. */
function say(words: string) {
  return () => openTarget((socket: Socket) => void socket.resume().write(words));
}

/** As fast as it goes. */
async function* hurriedFilm(): AsyncGenerator<CapturedFrame> {
  const jpeg = tinyJpeg(64, 48, 9000);
  for (let sequence = 1; ; sequence++) yield { ...makeCaptured(sequence), jpeg, width: 64, height: 48 };
}

const cases: [
  what: string,
  open: () => Promise<Target>,
  options: Partial<TcpSenderOptions>,
  says: RegExp,
  advises: RegExp,
][] = [
  [
    'a receiver with --tls',
    () => openOwn({ tls: true }),
    {},
    /it accepts TLS only/,
    /Add --tls-pin with the fingerprint/,
  ],
  ['a receiver without --tls, over TLS', () => openOwn(), { tls }, /before TLS was up/, /Start .* with --tls, or this/],
  ['a receiver of another certificate', () => openOwn({ tls: true }), { tls }, /not the one of --tls-pin/, /mistyped/],
  [
    'an authority of nobody',
    () => openOwn({ tls: true }),
    { tls: { ...tls, pin: undefined } },
    /vouches/,
    /Use --tls-pin/,
  ],
  [
    'a receiver with a token',
    () => openOwn({ token: 'x' }),
    {},
    /without a token/,
    /start image-sender with --token-file/,
  ],
  [
    'a receiver with a token, over wire 2',
    () => openOwn({ token: 'x' }),
    { wire: '2' },
    /without a token/,
    /--token-file/,
  ],
  [
    'a receiver with another token',
    () => openOwn({ token: 'x' }),
    { token, wire: '2' },
    /is wrong/,
    /copy the token file of the receiver/,
  ],
  ['a web server', say('HTTP/1.1 400 Bad Request\r\n\r\n'), {}, /a web server answers/, /Check --host and --port/],
  [
    'a web server, over TLS',
    say('HTTP/1.1 400 Bad Request\r\n\r\n'),
    { tls },
    /not speak TLS/,
    /or this sender without/,
  ],
  [
    'an SSH server',
    say('SSH-2.0-OpenSSH_9.2p1\r\n'),
    {},
    /SSH answers, and it is no image-receiver/,
    /Check --host and --port/,
  ],
  [
    'a NATS server',
    say('INFO {"server_id":"x"}\r\n'),
    {},
    /a NATS server answers/,
    /--publish nats:\/\/127\.0\.0\.1:\d+/,
  ],
  [
    'a mail server that is in no hurry',
    () => openTarget((socket) => void setTimeout(() => socket.resume().write('220 mail.local ESMTP\r\n'), 2500)),
    {},
    /mail or FTP answers/,
    /Check --host and --port/,
  ],
  ['a mail server', say('220 mail.local ESMTP\r\n'), {}, /mail or FTP answers/, /Check --host and --port/],
  ['a program with words of its own', say('welcome to the jungle'), {}, /another program/, /Check --host and --port/],
  [
    'a program that takes the connection and is silent, over TLS',
    () => openTarget(() => undefined),
    { tls, connectTimeoutMs: 500 },
    /it took the connection, and no answer to the TLS handshake came within 0\.5 s/,
    /Is it image-receiver\? `image-sender doctor --host 127\.0\.0\.1 --port \d+`/,
  ],
  [
    'a program that closes',
    () => openTarget((socket) => void socket.destroy()),
    {},
    /closed it/,
    /image-sender doctor/,
  ],
];

describe('the first line of a sender says what is there and what to do', { concurrency: true }, () => {
  for (const [what, open, options, says, advises] of cases) {
    test(`when it meets ${what}`, async () => {
      await using target = await open();
      const [first = '', ...others] = await sendTo(target, options);
      assert.match(first, /\(try 1 of 2\); next try in \d\.\d s$/);
      for (const line of [first, others.at(-1) ?? '']) {
        assert.match(line, says);
        assert.match(line, advises);
      }
    });
  }

  test('at the second try at the latest when the other end answers and resets at once, and the source makes no pause', async () => {
    await using web = await openTarget((socket) => {
      socket.once('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n', () => socket.resetAndDestroy()));
    });
    await using own = await openOwn({ tls: true });
    const check = async (target: Target, says: RegExp): Promise<void> => {
      const lines = await sendTo(target, { retries: 3 }, hurriedFilm());
      for (const line of lines.slice(1)) assert.match(line, says);
    };
    const five = Array.from({ length: 5 });
    await Promise.all(five.flatMap(() => [check(web, /a web server answers/), check(own, /accepts TLS only/)]));
  });

  test('when nothing listens there', async () => {
    const target = await openTarget(() => undefined);
    await target[Symbol.asyncDispose]();
    const [first = ''] = await sendTo(target, {});
    assert.match(first, /nothing listens there \(ECONNREFUSED\)\. Start image-receiver there .*\(try 1 of 2\)/);
  });
});

const alert = Buffer.from([0x15, 3, 3, 0, 2, 2, 70]);
const plainWords: [what: string, words: string, answer: RegExp | Buffer][] = [
  ['an alert of TLS to one that speaks no TLS', '4000'.padEnd(64), alert],
  [
    'an answer of HTTP to one that speaks HTTP',
    'POST /x HTTP/1.1\r\nHost: x\r\n\r\n',
    /^HTTP\/1\.1 400 .*https:\/\/ only/s,
  ],
];
for (const [what, words, answer] of plainWords) {
  test(`a receiver with --tls gives ${what}, and resets the connection`, async () => {
    await using target = await openOwn({ tls: true });
    const socket = connect(target.port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk)).write(words);
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    assert.equal(error.code, 'ECONNRESET');
    const heard = Buffer.concat(chunks);
    if (answer instanceof RegExp) assert.match(heard.toString('latin1'), answer);
    else assert.deepEqual(heard, answer);
  });
}
