import { createHash } from 'node:crypto';
import { nkeys } from '@nats-io/transport-node';
import type { NatsTrust } from './nats-config.ts';

type KeyPair = ReturnType<typeof nkeys.createUser>;

export interface NatsCredentials {
  /** The contents of a client's .creds file: JWT and seed of one user. */
  readonly creds: string;
  /** For the server's option `jwt`. */
  readonly trust: NatsTrust;
}

// -1 is "no limit"; a field that is omitted is 0, and then JetStream is off.
const NO_LIMITS = { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };
const NO_STORE_LIMITS = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };

/**
 * A new operator with one account (JetStream allowed) and one user of it, who may do everything.
 * Format of the claims: github.com/nats-io/jwt, version 2.
 */
export function makeNatsCredentials(): NatsCredentials {
  const [operator, system, account] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createAccount()];
  const user = nkeys.createUser();
  const systemAccount = system.getPublicKey();
  const operatorClaims = { type: 'operator', system_account: systemAccount };
  const systemJwt = signJwt(operator, system, 'system', { type: 'account', limits: NO_LIMITS });
  const accountClaims = { type: 'account', limits: { ...NO_LIMITS, ...NO_STORE_LIMITS } };
  const accountJwt = signJwt(operator, account, 'cameras', accountClaims);
  const userJwt = signJwt(account, user, 'camera', { type: 'user', subs: -1, data: -1, payload: -1, pub: {}, sub: {} });
  return {
    creds: formatCreds(userJwt, new TextDecoder().decode(user.getSeed())),
    trust: {
      operator: signJwt(operator, operator, 'operator', operatorClaims),
      systemAccount,
      accounts: { [systemAccount]: systemJwt, [account.getPublicKey()]: accountJwt },
    },
  };
}

function signJwt(issuer: KeyPair, subject: KeyPair, name: string, nats: object): string {
  const claims = {
    iss: issuer.getPublicKey(),
    sub: subject.getPublicKey(),
    name,
    iat: Math.floor(Date.now() / 1000),
    nats: { ...nats, version: 2 },
  };
  const jti = createHash('sha256').update(JSON.stringify(claims)).digest('hex');
  const parts = [
    { typ: 'JWT', alg: 'ed25519-nkey' },
    { ...claims, jti },
  ];
  const text = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${text}.${Buffer.from(issuer.sign(Buffer.from(text))).toString('base64url')}`;
}

function formatCreds(jwt: string, seed: string): string {
  return `-----BEGIN NATS USER JWT-----
${jwt}
------END NATS USER JWT------

-----BEGIN USER NKEY SEED-----
${seed}
------END USER NKEY SEED------
`;
}
