import assert from 'node:assert/strict';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { encodeClassicFrame } from '../../src/protocol/classic/classic-encoder.ts';
import { encodeMessage } from '../../src/protocol/wire2/message-encoder.ts';
import { makeTlsIdentity } from '../support/certificate.ts';
import { fakeJpeg } from '../support/jpeg.ts';
import { soonMs, startProgram, startReceiver } from '../support/programs.ts';
import { RawClient } from '../support/raw-client.ts';
import { until } from '../support/until.ts';
import { type Ends, makeFolder } from './suite.ts';

const classicFrame = encodeClassicFrame({ jpeg: fakeJpeg(480, 315), capturedAtUs: 1_767_225_600_000_000 });
const noPin = `sha256:${'0'.repeat(64)}`;

function encodeHello(token: string): Uint8Array {
  const identity = {
    stream: '0123456789abcdef',
    name: 'unauthorized',
    delivery: 'latest',
    keepAliveMs: 10_000,
  } as const;
  return encodeMessage({ type: 'HELO', ...identity, token: new TextEncoder().encode(token) });
}

async function writeToken(folder: string, name: string, token: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, token, { mode: 0o600 });
  return path;
}

/** The receiver lets authorized senders in, and tells the others the reason. */
export function defineAccessControl(ends: Ends): void {
  const send = (port: number, ...args: string[]) =>
    startProgram(ends.sender, 'image-sender', ['pattern', '--port', `${port}`, '--retries', '1', ...args]);

  describe(`access control, sender ${ends.sender}, receiver ${ends.receiver}`, () => {
    test('a wrong token gets one answer and a line with the address when the right one is let in', async () => {
      await using folder = await makeFolder();
      const right = await writeToken(folder.path, 'right', 'correct horse battery\n');
      const wrong = await writeToken(folder.path, 'wrong', 'incorrect horse battery\n');
      const { receiver, port } = await startReceiver(ends.receiver, ['--token-file', right, '--quiet']);
      await using _receiver = receiver;
      await using rejected = send(port, '--token-file', wrong, '--token-without-tls');
      assert.equal((await rejected.wait(soonMs)).code, 4);
      assert.match(
        rejected.lines('stderr').join('\n'),
        /receiver at \S+ rejected the connection: .* its token is wrong: .*\(BAD_TOKEN\)/,
      );
      await receiver.waitForLine(
        'stderr',
        /127\.0\.0\.1:\d+ dropped without a frame: .*token is wrong.* \[BAD_TOKEN\]/,
        soonMs,
      );
      await using admitted = send(port, '--token-file', right, '--token-without-tls', '--count', '3');
      assert.equal((await admitted.wait(soonMs)).code, 0);
      await receiver.waitForLine('stderr', /left after 3 frames/, soonMs);
    });

    test('a client that guesses tokens gets one refusal a connection, and nothing more', async () => {
      await using folder = await makeFolder();
      const right = await writeToken(folder.path, 'right', 'correct horse battery');
      const { receiver, port } = await startReceiver(ends.receiver, ['--token-file', right, '--quiet']);
      await using _receiver = receiver;
      for (const token of ['', 'correct horse', 'correct horse battery staple']) {
        using client = await RawClient.open(port);
        await client.send(encodeHello(token));
        await client.closed;
        assert.equal(client.received.toString('latin1', 4, 8), 'FAIL');
        assert.match(client.received.toString('latin1', 13), /^(BAD_TOKEN|TOKEN_MISSING)Cannot accept a sender/);
      }
    });

    test('an address that guesses too often is heard no more for a while, and then again', async () => {
      await using folder = await makeFolder();
      const right = await writeToken(folder.path, 'right', 'correct horse battery');
      const { receiver, port } = await startReceiver(ends.receiver, ['--token-file', right, '--quiet']);
      await using _receiver = receiver;
      const guess = async (token: string): Promise<string> => {
        using client = await RawClient.open(port);
        await client.send(encodeHello(token));
        await until(() => client.received.length > 12 || !client.isOpen);
        return client.received.toString('latin1');
      };
      const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => guess(`guess ${i}`)));
      assert.ok(answers.some((answer) => answer.includes('BAD_TOKEN')));
      assert.ok(answers.some((answer) => /TOO_MANY_GUESSES.*try again in \d+ s/.test(answer)));
      await receiver.waitForLine(
        'stderr',
        /too many wrong tokens came from its address.* \[TOO_MANY_GUESSES\]/,
        soonMs,
      );
      await until(async () => (await guess('correct horse battery')).includes('WELC'));
    });

    test('classic senders are rejected, and ours says what is missing, when the receiver wants a token', async () => {
      await using folder = await makeFolder();
      const token = await writeToken(folder.path, 'token', 'correct horse battery');
      const { receiver, port } = await startReceiver(ends.receiver, ['--token-file', token, '--quiet']);
      await using _receiver = receiver;
      using client = await RawClient.open(port);
      await client.send(classicFrame);
      await receiver.waitForLine(
        'stderr',
        new RegExp(`${client.label} dropped without a frame: .*TOKEN_MISSING`),
        soonMs,
      );
      await client.closed;
      await using sender = send(port);
      assert.equal((await sender.wait(soonMs)).code, 4);
      assert.match(
        sender.lines('stderr').join('\n'),
        /receiver at \S+ rejected the connection: .*without a token.*--token-file.*\[REJECTED\]/,
      );
    });

    test('the certificate is made once, for its user alone, and the printed fingerprint lets senders in', async () => {
      await using folder = await makeFolder();
      const env = { XDG_STATE_HOME: folder.path };
      const pins: string[] = [];
      for (let round = 1; round <= 2; round++) {
        const { receiver, port } = await startReceiver(ends.receiver, ['--tls', '--quiet'], { env });
        await using _receiver = receiver;
        const pin = /--tls-pin (\S+)$/m.exec(receiver.lines('stderr').join('\n'))?.[1] ?? '';
        pins.push(pin);
        await using sender = send(port, '--tls-pin', pin, '--count', '3');
        assert.equal((await sender.wait(soonMs)).code, 0, sender.lines('stderr').join('\n'));
        await receiver.waitForLine('stderr', /left after 3 frames/, soonMs);
      }
      assert.equal(pins[0], pins[1]);
      const { mode } = await stat(join(folder.path, 'image-socket', 'receiver-tls.pem'));
      assert.equal(mode & 0o777, 0o600);
    });

    test('a sender sends nothing when the certificate is not the pinned one, or nobody vouches for it', async () => {
      await using identity = await makeTlsIdentity();
      const args = ['--tls-cert', identity.certPath, '--tls-key', identity.keyPath, '--quiet'];
      const { receiver, port } = await startReceiver(ends.receiver, args);
      await using _receiver = receiver;
      await using pinned = send(port, '--tls-pin', noPin);
      assert.equal((await pinned.wait(soonMs)).code, 4);
      assert.match(pinned.lines('stderr').join('\n'), new RegExp(`not the one of --tls-pin but ${identity.pin}`));
      await using trusting = send(port, '--tls');
      assert.equal((await trusting.wait(soonMs)).code, 4);
      assert.match(trusting.lines('stderr').join('\n'), /no authority vouches for its certificate\. Use --tls-pin/);
      // The same certificate as an authority, under a name that is in it.
      await using informed = send(port, '--tls-ca', identity.certPath, '--count', '2');
      assert.equal((await informed.wait(soonMs)).code, 0, informed.lines('stderr').join('\n'));
      assert.ok(!receiver.lines('stderr').some((line) => line.includes('without a frame: ')));
    });

    test('either end says so when the other does not speak TLS', async () => {
      await using identity = await makeTlsIdentity();
      const tlsArgs = ['--tls-cert', identity.certPath, '--tls-key', identity.keyPath, '--quiet'];
      const secure = await startReceiver(ends.receiver, [...tlsArgs, '--header-timeout', '2s']);
      await using _secure = secure.receiver;
      using client = await RawClient.open(secure.port);
      await client.send(classicFrame);
      await secure.receiver.waitForLine('stderr', /Cannot agree on TLS with a sender: .*\[TLS_FAILED\]/, soonMs);
      await client.closed;
      for (const wire of ['auto', '2']) {
        await using naive = send(secure.port, '--wire', wire);
        assert.equal((await naive.wait(soonMs)).code, 4);
        assert.match(naive.lines('stderr').join('\n'), /it accepts TLS only\. Add --tls-pin/);
      }
      using silent = await RawClient.open(secure.port);
      await secure.receiver.waitForLine('stderr', new RegExp(`${silent.label}: Cannot agree on TLS`), soonMs);
      await silent.closed;

      const plain = await startReceiver(ends.receiver, ['--quiet']);
      await using _plain = plain.receiver;
      await using sender = send(plain.port, '--tls-pin', identity.pin);
      assert.equal((await sender.wait(soonMs)).code, 4);
      assert.match(
        sender.lines('stderr').join('\n'),
        /Cannot connect to \S+: it closed the connection before TLS was up.* Start image-receiver with --tls/,
      );
      await plain.receiver.waitForLine(
        'stderr',
        /Cannot accept a sender that begins with TLS: start this receiver with --tls/,
        soonMs,
      );
    });

    test('TLS before 1.3 is rejected', async () => {
      await using identity = await makeTlsIdentity();
      const args = ['--tls-cert', identity.certPath, '--tls-key', identity.keyPath, '--quiet'];
      const { receiver, port } = await startReceiver(ends.receiver, args);
      await using _receiver = receiver;
      const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false, maxVersion: 'TLSv1.2' });
      const outcome = await new Promise((resolve) => {
        socket.once('secureConnect', () => resolve('connected')).once('error', () => resolve('rejected'));
      });
      socket.destroy();
      assert.equal(outcome, 'rejected');
    });

    test('a host gets no more places than it may have, and silent connections lose theirs first', async () => {
      const args = ['--max-per-address', '3', '--quiet', '--header-timeout', '1m'];
      const { receiver, port } = await startReceiver(ends.receiver, args);
      await using _receiver = receiver;
      const clients = [await RawClient.open(port), await RawClient.open(port), await RawClient.open(port)] as const;
      try {
        for (const client of clients.slice(0, 2)) await client.send(classicFrame);
        for (let i = 0; i < 2; i++) await receiver.waitForLine('stderr', /sends pictures/, soonMs);
        using late = await RawClient.open(port);
        await late.send(classicFrame);
        await receiver.waitForLine('stderr', /sends pictures/, soonMs);
        await clients[2].closed;
        using last = await RawClient.open(port);
        await last.closed;
        await receiver.waitForLine(
          'stderr',
          new RegExp(`${last.label}: .* at most 3 .*--max-per-address.*TOO_MANY_SENDERS`),
          soonMs,
        );
        await using rejected = send(port, '--wire', '2');
        assert.equal((await rejected.wait(soonMs)).code, 4);
        assert.match(
          rejected.lines('stderr').join('\n'),
          /receiver at \S+ rejected the connection: .* at most 3 .*--max-per-address/,
        );
        assert.ok(clients[0].isOpen && clients[1].isOpen && late.isOpen);
      } finally {
        for (const client of clients) client[Symbol.dispose]();
      }
    });
  });
}
