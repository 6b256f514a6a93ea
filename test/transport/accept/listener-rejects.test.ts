import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { makeCertificate } from '../../../src/network/tls/certificate.ts';
import { ProtocolError } from '../../../src/protocol/errors.ts';
import { defaultFrameLimits } from '../../../src/protocol/frame.ts';
import { protocolNames } from '../../../src/protocol/protocol-access.ts';
import { Listener } from '../../../src/transport/accept/listener.ts';
import { dial } from '../../../src/transport/connect/dial.ts';
import { joinReceiver } from '../../../src/transport/connect/join.ts';
import { makeTlsIdentity } from '../../support/certificate.ts';
import { tinyJpeg } from '../../support/jpeg.ts';
import { RawClient } from '../../support/raw-client.ts';
import { until } from '../../support/until.ts';

const jpeg = tinyJpeg(16, 16, 10);

function post(name: string): Uint8Array {
  const head = `POST /${name} HTTP/1.1\r\nHost: a\r\nContent-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), jpeg]);
}

async function open(maxSenders = 10, headerTimeoutMs = 60_000, tls?: { key: string; cert: string }) {
  const lines: string[] = [];
  const events: string[] = [];
  const nothing = () => undefined;
  const times = { headerTimeoutMs, idleTimeoutMs: 60_000 };
  const limits = { ...defaultFrameLimits, ...times, maxSenders, maxPerAddress: maxSenders };
  const listener = await Listener.open(
    { host: '127.0.0.1', port: 0, tls, token: undefined, accept: protocolNames, ...limits },
    {
      connected: ({ name }) => void events.push(`+${name}`),
      disconnected: ({ name }) => void events.push(`-${name}`),
      notice: nothing,
      rejected: nothing,
      deliver: () => true,
    },
    { info: nothing, warn: (line) => void lines.push(line) },
  );
  const close = () => listener.close();
  return { listener, events, lines, port: listener.addresses[0]?.port ?? 0, [Symbol.asyncDispose]: close };
}

describe('Listener', () => {
  test('rejects a camera that shares its HTTP connection with another one that sends now', async () => {
    await using site = await open();
    using client = await RawClient.open(site.port);
    for (const name of ['garden', 'cellar']) {
      await client.send(post(name));
      await until(() => site.events.includes(`+${name}`), name);
    }
    site.listener.reject(new ProtocolError('NAME_JOINED', 'it joined'), ({ name }) => name === 'garden');
    await until(() => site.events.includes('-garden'), 'garden to leave');
    assert.ok(!site.events.includes('-cellar'));
    await client.send(post('garden'));
    await until(() => site.events.at(-1) === '+garden', 'garden to be a new sender');
  });

  for (const [what, bytes] of Object.entries({ 'sends nothing': '', 'begins a handshake': '\x16\x03\x01' })) {
    test(`says within which time TLS must be up, and what may be there, when a client only ${what}`, async () => {
      const pem = await makeCertificate();
      await using site = await open(10, 100, { key: pem, cert: pem });
      using client = await RawClient.open(site.port);
      if (bytes !== '') await client.send(Buffer.from(bytes));
      await until(() => site.lines.length > 0, 'the end of the handshake');
      const says =
        /Cannot agree on TLS with a sender: its handshake did not end within 0\.1 s \(--header-timeout\): its network/;
      assert.match(site.lines[0] ?? '', says);
      await client.closed;
    });
  }

  test('tells a sender with TLS that it has no place, rather than that it has no TLS', async () => {
    await using site = await open(1);
    await using identity = await makeTlsIdentity();
    const [key, cert] = await Promise.all([readFile(identity.keyPath, 'utf8'), readFile(identity.certPath, 'utf8')]);
    site.listener.offerTls({ key, cert });
    using client = await RawClient.open(site.port);
    await client.send(jpeg);
    await until(() => site.events.length > 0, 'the only place to be taken');
    const place = { host: '127.0.0.1', port: site.port, connectTimeoutMs: 30_000 };
    const { signal } = new AbortController();
    const secrets = { key: new Uint8Array(32), identity: undefined };
    await assert.rejects(joinReceiver(place, secrets, signal), /all of its places are taken/);
    const tls = { pin: 'aa', ca: undefined, isJoined: true };
    await assert.rejects(dial({ ...place, tls }, signal), /--max-senders connections\. If it forgot this camera, let/);
    const other = connect(site.port, '127.0.0.1');
    const [answer] = (await once(other, 'data')) as [Uint8Array];
    assert.match(Buffer.from(answer).toString('latin1'), /FAIL.*TOO_MANY/);
    other.destroy();
  });
});
