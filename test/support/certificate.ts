import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate } from '../../src/network/tls/certificate.ts';
import { fingerprintOf } from '../../src/network/tls/fingerprint.ts';

/** A key and certificate of its own for a receiver, in files that go with the block. */
export interface TestIdentity extends AsyncDisposable {
  /** PEM file, for --tls-cert. */
  readonly certPath: string;
  /** PEM file of mode 0600, for --tls-key. */
  readonly keyPath: string;
  /** For --tls-pin: `sha256:` and hex digits. */
  readonly pin: string;
}

export async function makeTlsIdentity(): Promise<TestIdentity> {
  const pem = await makeCertificate();
  const folder = await mkdtemp(join(tmpdir(), 'image-socket-tls-'));
  const certPath = join(folder, 'cert.pem');
  const keyPath = join(folder, 'key.pem');
  await writeFile(certPath, findBlock(pem, 'CERTIFICATE'));
  await writeFile(keyPath, findBlock(pem, 'PRIVATE KEY'), { mode: 0o600 });
  return {
    certPath,
    keyPath,
    pin: fingerprintOf(new X509Certificate(pem).raw),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

function findBlock(pem: string, label: string): string {
  const block = new RegExp(`-----BEGIN ${label}-----[\\s\\S]*?-----END ${label}-----`).exec(pem)?.[0];
  if (block === undefined) throw new Error(`Cannot find a block '${label}' in the certificate that was made`);
  return `${block}\n`;
}
