// The library finds its parts by decorators, which need this first.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { hostname } from 'node:os';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type JsonGeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

/**
 * The certificate is always valid: senders pin it, and a Pi without a clock battery may make or
 * check it with any date.
 */
const validFrom = new Date('1970-01-01T00:00:00Z');
/** How RFC 5280, 4.1.2.5, writes that a certificate has no end. */
const validTo = new Date('9999-12-31T23:59:59Z');

/** Makes an EC P-256 key and a certificate signed by itself: both in PEM, the key first. */
export async function makeCertificate(): Promise<string> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=image-receiver',
    notBefore: validFrom,
    notAfter: validTo,
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      // A sender that trusts the certificate as an authority (--tls-ca) trusts it for this receiver
      // alone.
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(listNames()),
    ],
  });
  const key = PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  return `${key}\n${certificate.toString('pem')}\n`;
}

function listNames(): JsonGeneralName[] {
  const names = ['localhost'];
  const own = hostname().toLowerCase();
  // A host may have any name; a certificate takes names of the DNS only.
  if (own !== 'localhost' && /^[0-9a-z_-]{1,63}(\.[0-9a-z_-]{1,63})*$/.test(own)) names.push(own);
  return [
    ...names.map((value): JsonGeneralName => ({ type: 'dns', value })),
    ...['127.0.0.1', '::1'].map((value): JsonGeneralName => ({ type: 'ip', value })),
  ];
}
