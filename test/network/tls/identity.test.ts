import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { after, beforeEach, test } from 'node:test';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { makeCertificate } from '../../../src/network/tls/certificate.ts';
import { fingerprintOf, parseFingerprint } from '../../../src/network/tls/fingerprint.ts';
import { readTlsIdentity } from '../../../src/network/tls/identity.ts';
import { openTlsIdentity } from '../../../src/network/tls/own-identity.ts';

const root = await mkdtemp(join(tmpdir(), 'image-socket-tls-'));
let state = '';
let count = 0;

beforeEach(() => {
  state = join(root, String(count++), 'state');
  process.env.XDG_STATE_HOME = state;
});
after(() => rm(root, { recursive: true }));

const ownPath = () => join(state, 'image-socket/receiver-tls.pem');

async function put(name: string, text: string): Promise<string> {
  await mkdir(state, { recursive: true });
  await writeFile(join(state, name), text);
  return join(state, name);
}

test('openTlsIdentity makes a pair for its user alone, and finds it again', async () => {
  const made = await openTlsIdentity();
  assert.equal(made.isNew, true);
  assert.equal(made.path, ownPath());
  assert.equal((await stat(made.path)).mode & 0o777, 0o600);
  assert.equal((await stat(join(state, 'image-socket'))).mode & 0o777, 0o700);
  assert.deepEqual(await readdir(join(state, 'image-socket')), ['receiver-tls.pem']);
  assert.deepEqual(await openTlsIdentity(), { ...made, isNew: false });
});

test('openTlsIdentity makes a P-256 certificate that is valid whatever the clock says', async () => {
  const { cert, fingerprint, validFrom, validTo } = await openTlsIdentity();
  const certificate = new X509Certificate(cert);
  assert.equal(certificate.subject, 'CN=image-receiver');
  assert.match(certificate.subjectAltName ?? '', /^DNS:localhost, .*IP Address:127\.0\.0\.1/);
  assert.equal(certificate.ca, false);
  assert.equal(fingerprint, parseFingerprint(`sha256:${certificate.fingerprint256}`));
  assert.equal(validFrom.getTime(), 0);
  assert.equal(validTo.getUTCFullYear(), 9999);
});

test('openTlsIdentity gives all processes that start at once the same pair', async () => {
  const made = await Promise.all(Array.from({ length: 8 }, () => openTlsIdentity()));
  assert.equal(new Set(made.map((identity) => identity.fingerprint)).size, 1);
  assert.equal(made.filter((identity) => identity.isNew).length, 1);
  assert.deepEqual(await readdir(join(state, 'image-socket')), ['receiver-tls.pem']);
});

test('openTlsIdentity leaves a damaged file as it is and says what to do', async () => {
  const { path } = await openTlsIdentity();
  const whole = await readFile(path, 'utf8');
  const other = await makeCertificate();
  const damages = {
    'no BEGIN CERTIFICATE in it': '',
    'no BEGIN PRIVATE KEY in it': whole.slice(whole.indexOf('-----BEGIN CERTIFICATE')),
    'does not belong to the certificate in it': other.slice(0, other.indexOf('-----BEGIN CERT')) + whole,
    'damaged or of an unknown kind': whole.replace(
      '-----BEGIN CERTIFICATE-----\nMII',
      '-----BEGIN CERTIFICATE-----\nAAA',
    ),
  };
  for (const [reason, text] of Object.entries(damages)) {
    await writeFile(path, text);
    await assert.rejects(openTlsIdentity(), (error: Error) => {
      assert.match(error.message, new RegExp(`^Cannot use the TLS .*${reason}.*\\. Remove it and a new one is made`));
      assert.ok(error.message.includes(path));
      return true;
    });
    assert.equal(await readFile(path, 'utf8'), text);
  }
});

test('openTlsIdentity refuses a key that others may read', async () => {
  const { path } = await openTlsIdentity();
  for (const mode of [0o640, 0o604, 0o620]) {
    await chmod(path, mode);
    await assert.rejects(openTlsIdentity(), {
      message: new RegExp(`mode ${mode.toString(8)}\\): chmod 600 '?${path}'?`),
    });
  }
});

test('openTlsIdentity says in one line why there can be no state folder', async () => {
  process.env.XDG_STATE_HOME = await put('file', '');
  await assert.rejects(openTlsIdentity(), {
    message: /a file is in the place of a folder \(ENOTDIR\)\. Set XDG_STATE_HOME/,
  });
  process.env.XDG_STATE_HOME = '/proc/none/deeper';
  await assert.rejects(openTlsIdentity(), {
    message: /^Cannot keep the TLS key in \/proc\/none\/deeper\/.*\(ENOENT\)/,
  });
});

test('openTlsIdentity ignores a relative XDG_STATE_HOME', async () => {
  const { HOME } = process.env;
  process.env.XDG_STATE_HOME = 'state';
  process.env.HOME = state;
  try {
    assert.equal((await openTlsIdentity()).path, join(state, '.local/state/image-socket/receiver-tls.pem'));
  } finally {
    process.env.HOME = HOME;
  }
});

test('readTlsIdentity takes a certificate with those that vouch for it, and a key of either form', async () => {
  const { key, cert, fingerprint } = await openTlsIdentity();
  const chain = await put('chain.pem', `text before\n${cert}${(await makeCertificate()).replaceAll('\n', '\r\n')}`);
  const sec1 = createPrivateKey(key).export({ type: 'sec1', format: 'pem' }).toString();
  for (const text of [
    key,
    sec1,
    `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${sec1}`,
  ]) {
    const identity = await readTlsIdentity(chain, await put('key.pem', text));
    assert.equal(identity.fingerprint, fingerprint);
    assert.equal(identity.cert.match(/BEGIN CERTIFICATE/g)?.length, 2);
    assert.doesNotMatch(identity.cert, /PRIVATE/);
  }
});

test('readTlsIdentity refuses what is no pair, in one line with the path', async () => {
  const { key, cert } = await openTlsIdentity();
  const certPath = await put('cert.pem', cert);
  const keyPath = await put('key.pem', key);
  const foreign = await put('foreign.pem', await makeCertificate());
  const passphrase = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' } as const;
  const locked = await put('locked.pem', createPrivateKey(key).export(passphrase).toString());
  const cases: [string, string, RegExp][] = [
    [join(state, 'none.pem'), keyPath, /^Cannot read the TLS certificate .*none\.pem: there is no such file/],
    [certPath, state, /^Cannot read the TLS key .*: it is a folder \(EISDIR\)$/],
    [certPath, foreign, /^Cannot use the TLS key .*foreign\.pem as it does not belong to the certificate .*cert\.pem$/],
    [certPath, locked, /locked\.pem as it has a passphrase: openssl pkey -in '?.*locked\.pem'?/],
    [keyPath, keyPath, /^Cannot use the TLS certificate .*key\.pem as it must be PEM/],
    [certPath, certPath, /^Cannot use the TLS key .*cert\.pem as it must be PEM/],
  ];
  for (const [certificate, privateKey, message] of cases) {
    await assert.rejects(readTlsIdentity(certificate, privateKey), { code: 'TLS_UNUSABLE', message });
  }
});

test('a TLS server with the pair shows the certificate that has the fingerprint', async () => {
  const { key, cert, fingerprint } = await openTlsIdentity();
  const server = createServer({ key, cert, minVersion: 'TLSv1.3' }, (socket) => socket.end('seen')).listen(
    0,
    '127.0.0.1',
  );
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const seen = async (socket: TLSSocket) => {
    await once(socket, 'secureConnect');
    const { raw } = socket.getPeerCertificate();
    socket.resume();
    await once(socket, 'close');
    return fingerprintOf(raw);
  };
  const pinned = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, minVersion: 'TLSv1.3' });
  assert.equal(await seen(pinned), fingerprint);
  // Given as an authority it vouches for itself, by name and by address.
  for (const host of ['localhost', '127.0.0.1']) {
    assert.equal(await seen(connect({ host, port, ca: cert, minVersion: 'TLSv1.3' })), fingerprint);
  }
  server.close();
});

test('parseFingerprint takes the forms of OpenSSL and of SSH', () => {
  const hex = 'f5b80c25fd8bf0c69f06cef951d103f722592ba44c29c03232d0260a1916b7ad';
  const colons = hex.toUpperCase().replace(/..(?!$)/g, '$&:');
  const base64 = '9bgMJf2L8MafBs75UdED9yJZK6RMKcAyMtAmChkWt60';
  for (const text of [hex, hex.toUpperCase(), colons, base64, `${base64}=`]) {
    assert.equal(parseFingerprint(`sha256:${text}`), `sha256:${hex}`);
    assert.equal(parseFingerprint(` SHA256:${text}\n`), `sha256:${hex}`);
  }
});

test('parseFingerprint takes nothing else', () => {
  const hex = 'f5b80c25fd8bf0c69f06cef951d103f722592ba44c29c03232d0260a1916b7ad';
  const wrong = [
    '',
    'sha256:',
    hex,
    `md5:${hex}`,
    `sha256:${hex}0`,
    `sha256:${hex.slice(1)}`,
    `sha256:${hex.slice(2)}`,
  ];
  wrong.push(`sha256:${hex.slice(1)}g`, `sha256:f5:${hex.slice(2)}`, `sha256:${hex} x`);
  wrong.push('sha256:9bgMJf2L8MafBs75UdED9yJZK6RMKcAyMtAmChkWt61', 'sha256:9bgMJf2L8MafBs75UdED9yJZK6RMKcAyMtAmChkWt6');
  for (const text of wrong) assert.equal(parseFingerprint(text), undefined, text);
});
