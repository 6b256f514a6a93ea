import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EveryFrameQueue } from '../../../src/delivery/frame-queue.ts';
import { CodedError, type ErrorCode } from '../../../src/errors.ts';
import type { FoundReceiver } from '../../../src/network/discovery/receiver-collector.ts';
import type { CapturedFrame } from '../../../src/protocol/frame.ts';
import { concludeConnect } from '../../../src/transport/connect/connect-advice.ts';
import type { DialOptions, TlsTrust } from '../../../src/transport/connect/dial.ts';
import { ReceiverFinder } from '../../../src/transport/connect/receiver-finder.ts';
import { createTcpSender } from '../../../src/transport/connect/tcp-sender.ts';
import { tinyJpeg } from '../../support/jpeg.ts';
import { findFreePort } from '../../support/ports.ts';
import { openOwn, otherServers, type Target } from '../../support/targets.ts';
import { silentLog } from '../../support/trial-log.ts';

const { signal } = new AbortController();

async function nowhere(tls?: TlsTrust): Promise<DialOptions> {
  return { host: '127.0.0.1', port: await findFreePort(), connectTimeoutMs: 20_000, tls };
}

function announced(port: number, more: Partial<FoundReceiver> = {}): FoundReceiver {
  return { name: 'garden', addresses: ['127.0.0.1'], port, tls: false, pin: undefined, web: undefined, ...more };
}

function finderOf(...found: FoundReceiver[]): { finder: ReceiverFinder; found: FoundReceiver[]; looks: () => number } {
  let looks = 0;
  const find = async () => {
    looks++;
    return found;
  };
  return { finder: new ReceiverFinder(find, silentLog), found, looks: () => looks };
}

async function assertRejected(work: Promise<unknown>, code: ErrorCode, text: RegExp, isFinal: boolean): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof CodedError);
    assert.equal(error.code, code);
    assert.match(error.message, text);
    assert.equal(concludeConnect(error, { host: 'my-pc.local', port: 8080 }).isFinal ?? false, isFinal);
    return true;
  });
}

describe('a finder', () => {
  test('takes the receiver of this machine, and no other later', async () => {
    const { finder, looks } = finderOf(announced(1));
    const receiver = await openOwn();
    const options = { ...(await nowhere()), port: receiver.port };
    const { socket, port } = await finder.dial(options, signal);
    socket.destroy();
    finder.choose();
    assert.equal(port, receiver.port);
    await receiver[Symbol.asyncDispose]();
    await assertRejected(finder.dial(options, signal), 'CONNECT_FAILED', /nothing listens/, false);
    assert.equal(looks(), 0);
  });

  test('takes the only one in the network, and stays with it where it moves', async () => {
    await using first = await openOwn();
    await using second = await openOwn();
    const { finder, found, looks } = finderOf(announced(first.port));
    const options = await nowhere();
    const one = await finder.dial(options, signal);
    one.socket.destroy();
    finder.choose();
    assert.deepEqual([one.port, looks()], [first.port, 1]);
    (await finder.dial(options, signal)).socket.destroy();
    assert.equal(looks(), 1);
    await first[Symbol.asyncDispose]();
    found.splice(0, 1, announced(second.port, { name: 'attic' }));
    await assertRejected(finder.dial(options, signal), 'CONNECT_FAILED', /nothing listens/, false);
    found.push(announced(second.port));
    const moved = await finder.dial(options, signal);
    moved.socket.destroy();
    assert.equal(moved.port, second.port);
  });

  test('fails as without it where there is none', async () => {
    const { finder } = finderOf();
    const options = await nowhere();
    await assertRejected(
      finder.dial(options, signal),
      'CONNECT_FAILED',
      new RegExp(`:${options.port}: nothing`),
      false,
    );
  });

  test('fails in the same way where it cannot look', async () => {
    const find = () => Promise.reject(new CodedError('LISTEN_FAILED', 'Cannot use port 5353 of UDP'));
    const options = await nowhere();
    const lines: string[] = [];
    const log = { info: () => undefined, warn: (line: string) => void lines.push(line) };
    const finder = new ReceiverFinder(find, log);
    for (let i = 0; i < 2; i++) {
      await assertRejected(finder.dial(options, signal), 'CONNECT_FAILED', /nothing listens/, false);
    }
    assert.equal(lines.length, 1);
  });

  test('does not choose one of several, and says how to', async () => {
    const several = Array.from({ length: 20 }, (_, i) => announced(8080 + i, { name: `r${i}` }));
    const { finder } = finderOf(...several);
    const text =
      /20 receivers in this network: give --host 127\.0\.0\.1 for r0, or --host 127\.0\.0\.1 --port 8081 for r1.* --find lists all$/;
    await assertRejected(finder.dial(await nowhere(), signal), 'SEVERAL_FOUND', text, true);
  });

  test('does not connect to one with TLS where no fingerprint is given', async () => {
    const { finder } = finderOf(announced(1, { tls: true, pin: '0'.repeat(16) }));
    await assertRejected(finder.dial(await nowhere(), signal), 'UNTRUSTED', /Give --tls-pin/, true);
  });

  test('takes the one with the right fingerprint only', async () => {
    await using receiver = await openOwn({ tls: true });
    const { pin = '' } = receiver;
    const right = { tls: true, pin: pin.slice(7, 23) };
    const strangers = [announced(1), announced(2, { tls: true }), announced(3, { tls: true, pin: 'f'.repeat(16) })];
    const { finder, found } = finderOf(...strangers);
    const options = await nowhere({ pin, ca: undefined });
    await assertRejected(finder.dial(options, signal), 'CONNECT_FAILED', /nothing listens/, false);
    found.push(announced(receiver.port, right));
    const { socket } = await finder.dial(options, signal);
    socket.destroy();
    // Its announcement has the right beginning, and its certificate is another.
    found.splice(0, found.length, announced(receiver.port, { tls: true, pin: '0'.repeat(16) }));
    const other = finderOf(...found).finder;
    const wrong = await nowhere({ pin: `sha256:${'0'.repeat(64)}`, ca: undefined });
    await assertRejected(other.dial(wrong, signal), 'UNTRUSTED', /is not the one of --tls-pin/, false);
  });

  test('looks in the network after a program of this machine that is no receiver, and stays with what it finds', async () => {
    await using web = await otherServers['a web server']();
    await using receiver = await openOwn();
    const { finder, found, looks } = finderOf();
    const options = { ...(await nowhere()), port: web.port };
    const dial = async () => {
      const { socket, port } = await finder.dial(options, signal);
      socket.destroy();
      return port;
    };
    assert.deepEqual([await dial(), looks()], [web.port, 0]);
    finder.avoid();
    // There is nothing else.
    assert.deepEqual([await dial(), looks()], [web.port, 1]);
    finder.avoid();
    found.push(announced(receiver.port));
    assert.deepEqual([await dial(), looks()], [receiver.port, 2]);
    finder.choose();
    assert.deepEqual([await dial(), looks()], [receiver.port, 2]);
  });

  test('tries an announced program that is no receiver after all others, and a chosen place that another one has taken', async () => {
    await using web = await otherServers['a web server']();
    await using receiver = await openOwn();
    const { finder, found } = finderOf(announced(web.port, { name: 'a' }));
    const options = await nowhere();
    const dial = async () => {
      const { socket, port } = await finder.dial(options, signal);
      socket.destroy();
      return port;
    };
    assert.equal(await dial(), web.port);
    finder.avoid();
    found.push(announced(receiver.port, { name: 'b' }));
    assert.equal(await dial(), receiver.port);
    finder.choose();
    // It has another address now, and another program has that place.
    finder.avoid();
    found.splice(0, 2, announced(web.port, { name: 'b' }));
    assert.equal(await dial(), web.port);
  });

  test('takes a certificate of this machine that is not the right one for the absence of a receiver', async () => {
    await using other = await openOwn({ tls: true });
    await using receiver = await openOwn({ tls: true });
    const { pin = '' } = receiver;
    const { finder } = finderOf(announced(receiver.port, { tls: true, pin: pin.slice(7, 23) }));
    const options = { ...(await nowhere({ pin, ca: undefined })), port: other.port };
    for (let i = 0; i < 2; i++) {
      const { socket, port } = await finder.dial(options, signal);
      socket.destroy();
      assert.equal(port, receiver.port);
    }
  });
});

describe('a sender that finds its receiver', () => {
  async function send(local: Target, found: readonly Target[], wire: 'auto' | '2' = 'auto') {
    const lines: string[] = [];
    const log = { info: (line: string) => void lines.push(line), warn: (line: string) => void lines.push(line) };
    const target = { host: '127.0.0.1', port: local.port, connectTimeoutMs: 5000, tls: undefined };
    const times = { sendTimeoutMs: 10_000, idleTimeoutMs: 2000, retries: 4, count: 0 };
    const find = async () => found.map(({ port }, i) => announced(port, { name: `r${i}` }));
    const delivery = 'every' as const;
    const identity = { wire, name: 'pi', delivery, token: new Uint8Array(), find };
    const sender = createTcpSender(
      { ...target, ...times, ...identity, maxInFlight: 9, bufferBytes: 1e6 },
      new EveryFrameQueue(film(40)),
      log,
    );
    const error: unknown = await sender.run(signal).catch((thrown) => thrown);
    return { sender, lines, error };
  }

  for (const what of ['a web server', 'an SSH port', 'a port that closes after the first bytes'] as const) {
    test(`sends to the one in the network where ${what} has the port on its own machine`, async () => {
      await using local = await otherServers[what]();
      await using receiver = await openOwn();
      const { sender, error, lines } = await send(local, [receiver]);
      assert.equal(error, undefined, lines.join('\n'));
      assert.deepEqual([sender.frames, receiver.frames()], [40, 40]);
      assert.ok(lines.some((line) => line.includes(`found the receiver r0 at 127.0.0.1:${receiver.port}`)));
    });
  }

  test('says what has the port on its own machine where there is no other', async () => {
    await using local = await otherServers['a web server']();
    const { error } = await send(local, []);
    assert.ok(error instanceof CodedError);
    assert.match(error.message, /a web server answers, and it is no image-receiver.*gave up after 4 tries/);
  });
});

async function* film(count: number): AsyncGenerator<CapturedFrame, void, undefined> {
  const [width, height] = [64, 48];
  for (let i = 0; i < count; i++) {
    yield { jpeg: tinyJpeg(width, height), width, height, capturedAtUs: 1, capturedMonotonicUs: 1 };
  }
}
