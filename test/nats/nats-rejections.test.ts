import 'reflect-metadata';
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import {
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type JsonGeneralName,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { test } from '../support/at-once.ts';
import { makeNatsOptions } from '../support/nats-options.ts';
import { NatsServer } from '../support/nats-server.ts';
import { until } from '../support/until.ts';
import { Trial } from './nats-trial.ts';

test('Nats says what the server says, and asks it once a try, when that takes no more connections', async () => {
  await using server = await NatsServer.start({ extraConfig: 'max_connections: 1' });
  await using first = new Trial(makeNatsOptions(server.url));
  await first.connected();
  const second = new Trial(makeNatsOptions(server.url, { retries: 1 }));
  await assert.rejects(second.running, {
    code: 'REJECTED',
    message:
      /^Cannot connect to 127\.0\.0\.1:\d+: the NATS server says: maximum connections exceeded; gave up after 1 try$/,
  });
  const isRejection = (line: string) => line.includes('maximum connections exceeded');
  await until(() => server.log.some(isRejection), 'the server to write it down');
  assert.equal(server.log.filter(isRejection).length, 1);
});

test('Nats says that the server lets it in no more when its password is changed there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'image-socket-users-'));
  const change = (password: string) =>
    writeFile(join(folder, 'users.conf'), `authorization { users: [{ user: pi, password: ${password} }] }\n`);
  try {
    await change('old');
    await using server = await NatsServer.start({ extraConfig: `include "../${basename(folder)}/users.conf"` });
    await using trial = new Trial(makeNatsOptions(server.url.replace('//', '//pi:old@')));
    await trial.connected();
    await change('new');
    process.kill(server.pid, 'SIGHUP');
    await trial.said(/accepts no login with this user/);
    assert.match(
      trial.log.lines[0] ?? '',
      /^The connection to 127\.0\.0\.1:\d+ broke: the NATS server says: Authorization Violation \[SEND_FAILED\]; connecting again$/,
    );
    await change('old');
    process.kill(server.pid, 'SIGHUP');
    await trial.connected(2);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('Nats looks for the address in the certificate when it has no name', async () => {
  const trust = (ca: string) => ({ retries: 1, tls: { ca, cert: undefined, key: undefined } });
  await using own = await makeServerCertificate({ type: 'ip', value: '127.0.0.1' });
  await using server = await NatsServer.start({ tls: own });
  await using good = new Trial(makeNatsOptions(server.url, trust(own.ca)));
  await Promise.race([good.connected(), good.running]);
  await using other = await makeServerCertificate({ type: 'dns', value: 'localhost' });
  await using otherServer = await NatsServer.start({ tls: other });
  const bad = new Trial(makeNatsOptions(otherServer.url, trust(other.ca)));
  await assert.rejects(bad.running, { code: 'UNTRUSTED', message: /its certificate is for localhost / });
});

test('Nats says which names a certificate is for when the address is none of them', async () => {
  await using own = await makeServerCertificate({ type: 'dns', value: 'nats.example' });
  await using server = await NatsServer.start({ tls: own });
  const trial = new Trial(
    makeNatsOptions(server.url, { retries: 1, tls: { ca: own.ca, cert: undefined, key: undefined } }),
  );
  await assert.rejects(trial.running, {
    code: 'UNTRUSTED',
    message:
      /: its certificate is for nats\.example \(ERR_TLS_CERT_ALTNAME_INVALID\): the address must be one of these, or the certificate be for it too; gave up/,
  });
});

test('Nats says that the server does not speak TLS when it is to', async () => {
  await using server = await NatsServer.start();
  const trial = new Trial(makeNatsOptions(server.url.replace('nats:', 'tls:'), { retries: 1 }));
  await assert.rejects(trial.running, {
    code: 'CONNECT_FAILED',
    message: /: it does not speak TLS: nats:\/\/ rather than tls:\/\/, and no --nats-ca; gave up after 1 try$/,
  });
});

test('Nats says once what a user may not publish, and nothing of what others tell', async () => {
  const permissions = { publish: { deny: ['clocks.>', 'events.>', 'frames.>'] } };
  await using server = await NatsServer.start({ users: [{ user: 'pi', password: 'x', permissions }] });
  await using trial = new Trial(makeNatsOptions(server.url.replace('//', '//pi:x@')));
  await trial.connected();
  for (const subject of ['frames.a', 'clocks.a', 'clocks.b', 'events.a']) trial.connections[0]?.publish(subject, '{}');
  await trial.said(/events/);
  assert.deepEqual(trial.log.lines, [
    'this user may not publish to clocks.>, so this program does not know the latency of pictures: the NATS server has to allow it (permissions)',
    'this user may not publish to events.>, so nobody learns when a camera of this program connects or disconnects: the NATS server has to allow it (permissions)',
  ]);
});

async function makeServerCertificate(name: JsonGeneralName) {
  const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=nats',
    notBefore: new Date('2000-01-01T00:00:00Z'),
    notAfter: new Date('9999-12-31T23:59:59Z'),
    keys,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    extensions: [
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([name]),
    ],
  });
  const key = PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  const ca = `${certificate.toString('pem')}\n`;
  const folder = await mkdtemp(join(tmpdir(), 'image-socket-nats-tls-'));
  const [certPath, keyPath] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  await writeFile(certPath, ca);
  await writeFile(keyPath, `${key}\n`, { mode: 0o600 });
  return { certPath, keyPath, ca, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
