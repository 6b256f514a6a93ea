const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  // The page makes the pictures of its one stream into blobs.
  "img-src 'self' blob:",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
];

/**
 * What stands on every answer. No Strict-Transport-Security: with it browsers would no longer let anyone in to whom the certificate,
 * mostly one of our own, is not known.
 */
export const strictHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': policy.join('; '),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // With no-referrer, browsers would not say where a form comes from either.
  'referrer-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  'cross-origin-opener-policy': 'same-origin',
  // A dashboard on the same machine may show the streams, a strange page may not.
  'cross-origin-resource-policy': 'same-site',
  'cache-control': 'no-store',
};
