import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExtendedKeyUsage, ExtendedKeyUsageExtension, PemConverter, X509CertificateGenerator } from '@peculiar/x509';

/** PEM files of a client's key and of its certificate, which is also its own authority; they go with the block. */
export interface ClientIdentity extends AsyncDisposable {
  readonly certPath: string;
  /** Of mode 0600. */
  readonly keyPath: string;
}

/** For servers that ask clients for a certificate: those made for receivers say that they are for servers alone. */
export async function makeClientIdentity(): Promise<ClientIdentity> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=image-sender',
    notBefore: new Date('2000-01-01T00:00:00Z'),
    notAfter: new Date('9999-12-31T23:59:59Z'),
    keys,
    signingAlgorithm: algorithm,
    extensions: [new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth])],
  });
  const key = PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  const folder = await mkdtemp(join(tmpdir(), 'image-socket-client-'));
  const [certPath, keyPath] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  await writeFile(certPath, `${certificate.toString('pem')}\n`);
  await writeFile(keyPath, `${key}\n`, { mode: 0o600 });
  return { certPath, keyPath, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
