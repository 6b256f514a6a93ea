import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { encodeMessage } from '../../src/protocol/wire2/message-encoder.ts';
import { test } from '../support/at-once.ts';
import type { Child } from '../support/child.ts';
import { feed, numberedJpegs, startLite } from '../support/lite.ts';
import { findFreePort } from '../support/ports.ts';
import { soonMs } from '../support/programs.ts';
import { openOwn, openTarget, otherServers, type Target } from '../support/targets.ts';
import { until } from '../support/until.ts';

const [jpeg] = numberedJpegs(1) as [Uint8Array];
const unknown = undefined;
const welcome = encodeMessage({ type: 'WELC', keepAliveMs: 10_000, sequence: 0 });
const header = (type: string, length: number) =>
  Uint8Array.of(
    0xab,
    0x49,
    0x53,
    2,
    ...[...type].map((letter) => letter.charCodeAt(0)),
    ...[24, 16, 8, 0].map((bits) => (length >> bits) & 255),
  );

/** Answers so, byte for byte, and reads on. */
const answer =
  (...parts: readonly Uint8Array[]) =>
  () =>
    openTarget((socket) => {
      for (const part of parts) socket.write(part);
      socket.resume().on('end', () => socket.end());
    });

const hostile: Record<string, readonly [open: () => Promise<Target>, reason: RegExp]> = {
  'says that a message is of 4 GB': [answer(header('WELC', 0xffffffff)), /another program answers/],
  'sends an optional message without an end': [answer(header('blob', 1025)), /another program answers/],
  'sends a message of a type that nobody knows': [answer(header('EVIL', 0)), /another program answers/],
  'speaks version 3': [answer(Uint8Array.of(0xab, 0x49, 0x53, 3, 0, 0, 0, 0, 0, 0, 0, 0)), /another program answers/],
  'sends a WELC that is cut': [answer(header('WELC', 3), Uint8Array.of(1, 2, 3)), /another program answers/],
  'sends a number above 2^53': [answer(header('ping', 8), new Uint8Array(8).fill(0xff)), /another program answers/],
  'sends a reason that is no text': [
    answer(header('FAIL', 4), Uint8Array.of(1, 0x41, 0xff, 0xfe)),
    /another program answers/,
  ],
  'sends a code that is none': [
    answer(header('FAIL', 4), Uint8Array.of(2, 0x1b, 0x5b, 0x41)),
    /another program answers/,
  ],
  'hides a command for the terminal in a reason': [
    answer(encodeMessage({ type: 'FAIL', code: 'IDLE', reason: 'a\x1b[2J\nb' })),
    /rejected the connection: a\?\[2J\?b \(IDLE\)/,
  ],
  'acknowledges a frame that was never sent': [
    answer(welcome, encodeMessage({ type: 'ACKN', sequence: 99, latencyUs: unknown })),
    /it acknowledges frame 99, which was never sent/,
  ],
  'greets a stream of its own': [
    answer(encodeMessage({ type: 'WELC', keepAliveMs: 0, sequence: 7 })),
    /it acknowledges frame 7, which was never sent/,
  ],
  'skips a frame that was never sent': [
    answer(welcome, encodeMessage({ type: 'skip', sequence: 5, code: 'NOT_JPEG', reason: 'no' })),
    /it skips frame 5, which was never sent/,
  ],
  'greets and says no more': [answer(welcome), /it sent nothing for 0\.5 s \(--idle-timeout\)/],
  'sends a megabyte of noise': [answer(new Uint8Array(1_000_000).fill(0x41)), /another program answers/],
  ...Object.fromEntries(
    Object.entries(otherServers).map(([what, open]) => [`is ${what}`, [open, /.*/] as const] as const),
  ),
};

/** Each line is one line that ends with advice or a code; none tells of a fault of the program. */
function checkLines(sender: Child): void {
  for (const line of sender.lines('stderr')) {
    assert.match(line, /^image-sender-lite: (?!A fault)[^\p{C}]+$/u);
  }
}

test('image-sender-lite gives up a receiver that pings, and never greets', async () => {
  await using target = await openTarget((socket) => {
    const timer = setInterval(() => socket.write(encodeMessage({ type: 'ping', sentUs: 1 })), 50);
    socket
      .resume()
      .on('end', () => socket.end())
      .on('error', () => undefined)
      .on('close', () => clearInterval(timer));
  });
  const args = ['pipe', '--port', `${target.port}`, '--send-timeout', '500ms', '--retries', '2'];
  await using sender = await startLite(args);
  await feed(sender, jpeg);
  const { code } = await sender.wait(soonMs);
  assert.equal(code, 4);
  const text = sender.lines('stderr').join('\n');
  assert.match(text, /it did not greet within 0\.5 s \(--send-timeout\).*; gave up after 2 tries in a row/);
  checkLines(sender);
});

for (const [what, [open, reason]] of Object.entries(hostile)) {
  test(`two tries and exit code 4 when the other end ${what}`, async () => {
    await using target = await open();
    const args = ['pipe', '--port', `${target.port}`, '--retries', '2', '--idle-timeout', '500ms'];
    await using sender = await startLite(args);
    await feed(sender, jpeg);
    assert.deepEqual(await sender.wait(soonMs), { code: 4, signal: null }, sender.lines('stderr').join('\n'));
    checkLines(sender);
    const lines = sender.lines('stderr').filter((line) => /try 1 of 2|gave up after 2 tries/.test(line));
    assert.equal(lines.length, 2, sender.lines('stderr').join('\n'));
    assert.match(lines[0] ?? '', reason);
    assert.match(sender.lines('stderr').at(-1) ?? '', / \[(CONNECT_FAILED|REJECTED)\]$/);
    assert.equal(target.connections(), 2);
  });
}

test('a receiver that pings without end and reads nothing does not fill the memory', async () => {
  const ping = encodeMessage({ type: 'ping', sentUs: 1 });
  const pings = new Uint8Array(ping.length * 5000).map((_, i) => ping[i % ping.length] as number);
  await using target = await openTarget((socket: Socket) => {
    socket.pause().write(welcome);
    const flood = (error?: Error | null) => {
      if (error == null && !socket.destroyed) socket.write(pings, flood);
    };
    flood();
  });
  const args = ['pipe', '--port', `${target.port}`, '--send-timeout', '1500ms', '--retries', '1'];
  await using sender = await startLite(args);
  const [large] = numberedJpegs(1, 11_000_000) as [Uint8Array];
  await feed(sender, large);
  await sender.waitForLine('stderr', /connected to/, soonMs);
  await until(() => target.connections() === 1);
  const read = () => readFile(`/proc/${sender.pid}/status`, 'utf8');
  let peakKb = 0;
  await until(async () => {
    peakKb = Math.max(peakKb, Number(/^VmHWM:\s*(\d+) kB/m.exec(await read().catch(() => ''))?.[1] ?? 0));
    return sender.lines('stderr').some((line) => line.includes('--send-timeout'));
  });
  assert.deepEqual(await sender.wait(soonMs), { code: 4, signal: null });
  assert.match(sender.lines('stderr').join('\n'), /it read nothing for 1\.5 s \(--send-timeout\)/);
  assert.ok(peakKb > 0 && peakKb < 90_000, `${peakKb} kB`);
});

test('pictures arrive once another program has given the port to a receiver', async () => {
  await using receiver = await openOwn();
  let first = true;
  await using front = await openTarget((socket) => {
    if (first) {
      first = false;
      socket.end('SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n');
      return;
    }
    const onward = connect(receiver.port, '127.0.0.1');
    socket.pipe(onward).pipe(socket);
    onward.on('error', () => socket.destroy());
  });
  await using sender = await startLite(['pipe', '--port', `${front.port}`]);
  sender.input.end(jpeg);
  assert.deepEqual(await sender.wait(soonMs), { code: 0, signal: null }, sender.lines('stderr').join('\n'));
  assert.equal(receiver.frames(), 1);
  assert.match(sender.lines('stderr')[0] ?? '', /a server for SSH answers, and it is no image-receiver/);
});

test('the exit code is 4, with advice, when nothing listens or the name is not known', async () => {
  for (const [args, reason] of [
    [
      ['--port', `${await findFreePort()}`],
      /nothing listens there \(ECONNREFUSED\); gave up after 1 try\. Start image-receiver there/,
    ],
    [['--host', 'no-such-host.invalid'], /(that name is not known|name service does not answer).* Check --host/],
  ] as const) {
    await using sender = await startLite(['pipe', '--retries', '1', ...args]);
    sender.input.end(jpeg);
    assert.deepEqual(await sender.wait(soonMs), { code: 4, signal: null });
    const line = sender.lines('stderr').find((one) => one.includes('gave up')) ?? '';
    assert.match(line, reason);
    assert.match(line, /--retries 0 never gives up \[CONNECT_FAILED\]$/);
  }
});
