/** Subjects that may be used: one, several, or some allowed and others denied. */
export type NatsSubjects = string | readonly string[] | { allow?: readonly string[]; deny?: readonly string[] };

export interface NatsUser {
  user: string;
  password: string;
  /** Everything is allowed without. */
  permissions?: { publish?: NatsSubjects; subscribe?: NatsSubjects };
}

export interface NatsServerOptions {
  /** False: a server that keeps nothing. */
  jetstream?: boolean;
  /** The name by which other servers call its JetStream. */
  domain?: string;
  /** The largest message it takes, bytes; 1 MiB without. */
  maxPayload?: number;
  /** At most one of users, token, nkey and jwt. */
  users?: readonly NatsUser[];
  token?: string;
  /** Public key of the one user that may come in, "U...". */
  nkey?: string;
  /** For clients with a .creds file: see makeNatsCredentials. */
  jwt?: NatsTrust;
  /** Paths of PEM files; with `caPath` clients must show a certificate that this one signed. */
  tls?: { certPath: string; keyPath: string; caPath?: string };
  /** Its own port for other servers, and theirs, all on 127.0.0.1; startNatsCluster fills it in. */
  cluster?: { port: number; peers: readonly number[] };
  /** Put at the end of its configuration file as it stands. */
  extraConfig?: string;
}

/** The identities that a server in operator mode trusts: JWTs, and accounts by public key. */
export interface NatsTrust {
  operator: string;
  systemAccount: string;
  accounts: Readonly<Record<string, string>>;
}

/** The text of nats-server's configuration file; `folder` takes what JetStream keeps. */
export function formatNatsConfig(name: string, port: number, folder: string, options: NatsServerOptions): string {
  const { jwt, tls, cluster } = options;
  const settings: Record<string, unknown> = {
    server_name: name,
    listen: `127.0.0.1:${port}`,
    max_payload: options.maxPayload,
    jetstream:
      options.jetstream === false
        ? undefined
        : { store_dir: folder, ...(options.domain === undefined ? {} : { domain: options.domain }) },
    authorization: formatAuthorization(options),
    operator: jwt?.operator,
    system_account: jwt?.systemAccount,
    resolver: jwt && 'MEMORY',
    resolver_preload: jwt?.accounts,
    tls: tls && {
      cert_file: tls.certPath,
      key_file: tls.keyPath,
      ...(tls.caPath === undefined ? {} : { ca_file: tls.caPath, verify: true }),
    },
    cluster: cluster && {
      name: 'test',
      listen: `127.0.0.1:${cluster.port}`,
      routes: cluster.peers.map((peer) => `nats://127.0.0.1:${peer}`),
    },
  };
  // The format takes JSON for every value, but not for the whole where something is to follow.
  const lines = Object.entries(settings)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return `${lines.join('\n')}\n${options.extraConfig ?? ''}\n`;
}

function formatAuthorization({ users, token, nkey }: NatsServerOptions): object | undefined {
  if (users !== undefined) return { users };
  if (token !== undefined) return { token };
  return nkey === undefined ? undefined : { users: [{ nkey }] };
}
