const defaultPort = 4222;

/** The login of a client, if the address has one. */
export type NatsLogin = { readonly user: string; readonly password: string } | { readonly token: string } | undefined;

/** The address of a NATS server, or of the servers of a cluster. */
export interface NatsAddress {
  /** `host:port` of each; IPv6 addresses in brackets. At least one. */
  readonly servers: readonly string[];
  readonly login: NatsLogin;
  /** Asked for by `tls://`; a server that demands TLS gets it without. */
  readonly wantsTls: boolean;
}

/**
 * Addresses as NATS users write them: `nats://host`, `tls://host:4222`, `nats://user:password@host`, `nats://token@host`,
 * bare `host:port`, and several of one cluster with commas between them.
 * @throws Error whose message goes on in `must be ...`
 */
export function parseNatsAddress(text: string): NatsAddress {
  const [first = '', ...rest] = text.split(',');
  // A password with a comma must not be taken for a server, and its name looked up.
  if (!first.includes('@') && rest.some((part) => part.includes('@'))) {
    throw new Error('one whose first address has the user and password, with %2C for a comma in them');
  }
  const found = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(parseOne);
  if (found.length === 0) throw new Error('an address such as nats://my-nats.local:4222');
  const logins = found.flatMap(({ login }) => login ?? []);
  if (new Set(logins.map((login) => JSON.stringify(login))).size > 1) {
    throw new Error('of one cluster, with one user and password');
  }
  return {
    servers: found.map(({ server }) => server),
    login: logins[0],
    wantsTls: found.some(({ wantsTls }) => wantsTls),
  };
}

function parseOne(text: string): { server: string; login: NatsLogin; wantsTls: boolean } {
  // Not the whole of it: it may hold a password.
  const shape = 'an address such as nats://my-nats.local:4222';
  const [, scheme = 'nats', rest = ''] = /^(?:([a-z]+):\/\/)?(.+)$/i.exec(text) ?? [];
  if (!['nats', 'tls'].includes(scheme.toLowerCase())) throw new Error(`${shape}, with nats:// or tls:// in front`);
  const url = URL.canParse(`nats://${rest}`) ? new URL(`nats://${rest}`) : undefined;
  if (url === undefined || url.hostname === '' || !['', '/'].includes(url.pathname) || url.search + url.hash !== '') {
    const hint = text.includes('@') ? ' (in a password %40 stands for @, %2F for /, %23 for #, %2C for a comma)' : '';
    throw new Error(`${shape}${hint}`);
  }
  const port = url.port === '' ? defaultPort : Number(url.port);
  return {
    server: `${url.hostname}:${port}`,
    login: readLogin(rest, decode(url.username), decode(url.password)),
    wantsTls: scheme.toLowerCase() === 'tls',
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error('an address whose password has %25 for %, %40 for @, %2F for / and %2C for a comma');
  }
}

/** @param text the part after `nats://` */
function readLogin(text: string, user: string, password: string): NatsLogin {
  // A parsed address does not tell `user:` from `user`.
  const hasPassword = text.slice(0, Math.max(0, text.lastIndexOf('@'))).includes(':');
  if (hasPassword && user === '')
    throw new Error('an address with a user before the password: nats://USER:PASSWORD@HOST');
  if (hasPassword) return { user, password };
  return user === '' ? undefined : { token: user };
}
