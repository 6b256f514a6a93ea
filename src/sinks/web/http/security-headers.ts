const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  // The page makes blobs of the pictures in its one stream.
  "img-src 'self' blob:",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
];

/**
 * Every response has these. Strict-Transport-Security is not among them: most certificates here are
 * self-signed, and with that header a browser no longer lets its user accept one.
 */
export const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': policy.join('; '),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // With no-referrer, browsers send `Origin: null` with a form, which looks as if it came from
  // another site.
  'referrer-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  'cross-origin-opener-policy': 'same-origin',
  // A dashboard on the same machine may show the streams; a page of another site may not.
  'cross-origin-resource-policy': 'same-site',
  'cache-control': 'no-store',
};
