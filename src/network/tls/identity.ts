import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { CodedError } from '../../errors.ts';
import { errorLine } from '../../system/error-line.ts';
import { describeFileError } from '../../system/file-error.ts';
import { quoteWord } from '../../system/shell-word.ts';
import { fingerprintOf } from './fingerprint.ts';

/** A private key and the certificate that it belongs to. */
export interface TlsIdentity {
  /** PEM, one block. */
  readonly key: string;
  /**
   * PEM: the certificate, and after it the certificates that vouch for it, where the file held any.
   */
  readonly cert: string;
  /** `sha256:` and 64 lower-case hex digits: SHA-256 of the certificate in DER. */
  readonly fingerprint: string;
  /** The certificate is not valid before this. */
  readonly validFrom: Date;
  /** The certificate is not valid after this. */
  readonly validTo: Date;
}

/** A file of PEM blocks. */
export interface PemFile {
  readonly path: string;
  readonly text: string;
}

/**
 * Reads a certificate and key that the user has; their dates are not checked.
 * @throws CodedError TLS_UNUSABLE
 */
export async function readTlsIdentity(certPath: string, keyPath: string): Promise<TlsIdentity> {
  return parseTlsIdentity(await readPem(certPath, 'certificate'), await readPem(keyPath, 'key'));
}

/**
 * @throws CodedError TLS_UNUSABLE when there is no certificate, or no key that belongs to it and
 * serves for TLS
 */
export function parseTlsIdentity(certFile: PemFile, keyFile: PemFile): TlsIdentity {
  const cert = findBlocks(certFile.text, 'CERTIFICATE');
  const key = findBlocks(keyFile.text, '(?:[A-Z]+ )?PRIVATE KEY')[0];
  const certificate = parseCertificate(certFile.path, cert[0]);
  const privateKey = parseKey(keyFile.path, key);
  if (!certificate.checkPrivateKey(privateKey)) {
    const where = keyFile.path === certFile.path ? 'the certificate in it' : `the certificate ${certFile.path}`;
    throw tlsUnusable(`Cannot use the TLS key ${keyFile.path} as it does not belong to ${where}`);
  }
  const identity: TlsIdentity = {
    key: `${key}\n`,
    cert: `${cert.join('\n')}\n`,
    fingerprint: fingerprintOf(certificate.raw),
    validFrom: new Date(certificate.validFrom),
    validTo: new Date(certificate.validTo),
  };
  try {
    // OpenSSL refuses weak keys here, before a sender connects.
    createSecureContext({ key: identity.key, cert: identity.cert });
  } catch (error) {
    throw tlsUnusable(`Cannot use the TLS certificate ${certFile.path}: ${describeCryptoError(error)}`);
  }
  return identity;
}

/** All errors of this kind are made here. */
export function tlsUnusable(message: string): CodedError {
  return new CodedError('TLS_UNUSABLE', message);
}

async function readPem(path: string, what: string): Promise<PemFile> {
  try {
    return { path, text: await readFile(path, 'utf8') };
  } catch (error) {
    throw tlsUnusable(`Cannot read the TLS ${what} ${path}: ${describeFileError(error)}`);
  }
}

/**
 * The PEM blocks whose label fits, without the text between them: Deno takes the first block,
 * whatever it is.
 */
function findBlocks(text: string, label: string): string[] {
  return text.match(new RegExp(`-----BEGIN (${label})-----[\\s\\S]*?-----END \\1-----`, 'g')) ?? [];
}

function parseCertificate(path: string, block: string | undefined): X509Certificate {
  if (block === undefined) {
    throw tlsUnusable(`Cannot use the TLS certificate ${path} as it must be PEM: there is no BEGIN CERTIFICATE in it`);
  }
  try {
    return new X509Certificate(block);
  } catch (error) {
    throw tlsUnusable(`Cannot use the TLS certificate ${path}: ${describeCryptoError(error)}`);
  }
}

function parseKey(path: string, block: string | undefined): KeyObject {
  if (block === undefined) {
    throw tlsUnusable(`Cannot use the TLS key ${path} as it must be PEM: there is no BEGIN PRIVATE KEY in it`);
  }
  if (/ENCRYPTED/.test(block)) {
    const advice = `openssl pkey -in ${quoteWord(path)} -out FILE writes it without`;
    throw tlsUnusable(`Cannot use the TLS key ${path} as it has a passphrase: ${advice}`);
  }
  try {
    return createPrivateKey(block);
  } catch (error) {
    throw tlsUnusable(`Cannot use the TLS key ${path}: ${describeCryptoError(error)}`);
  }
}

/** OpenSSL puts its message after numbers and names of its parts. */
function describeCryptoError(error: unknown): string {
  return `it is damaged or of an unknown kind (${errorLine(error).split('::').at(-1)?.trim()})`;
}
