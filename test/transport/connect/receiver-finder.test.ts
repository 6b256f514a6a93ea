import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CodedError, type ErrorCode } from '../../../src/errors.ts';
import type { FoundReceiver } from '../../../src/network/discovery/receiver-collector.ts';
import { concludeConnect } from '../../../src/transport/connect/connect-advice.ts';
import type { DialOptions, TlsTrust } from '../../../src/transport/connect/dial.ts';
import { ReceiverFinder } from '../../../src/transport/connect/receiver-finder.ts';
import { findFreePort } from '../../support/ports.ts';
import { openOwn } from '../../support/targets.ts';
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
});
