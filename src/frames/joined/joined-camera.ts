import { createHash, randomBytes } from 'node:crypto';
import { formatIso } from '../../protocol/clock/iso-time.ts';
import { isIdentityPart, isName } from '../../protocol/wire2/message.ts';
import { isKey } from '../camera-key.ts';

/** A camera that has joined: only a sender with its token is that camera. */
export interface JoinedCamera {
  readonly key: string;
  readonly name: string;
  /** SHA-256 of its token: 64 hexadecimal digits. The token itself is kept by the sender alone. */
  readonly tokenHash: string;
  /** The machine that joined, as in `SenderIdentity`; undefined: it did not say it. */
  readonly machine?: string | undefined;
  /** Microseconds since 1970, UTC. */
  readonly joinedAtUs: number;
}

/** Bytes of chance in a token. */
const tokenBytes = 32;

/** A new token: 43 ASCII characters. */
export function makeToken(): Uint8Array {
  return new TextEncoder().encode(randomBytes(tokenBytes).toString('base64url'));
}

export function hashToken(token: Uint8Array): string {
  return createHash('sha256').update(token).digest('hex');
}

/** The text of a file that keeps cameras that joined. */
export function formatJoined(cameras: readonly JoinedCamera[]): string {
  const listed = cameras.map(({ joinedAtUs, ...camera }) => ({ ...camera, joinedAt: formatIso(joinedAtUs) }));
  return `${JSON.stringify({ joined: listed }, null, 2)}\n`;
}

/**
 * Reads what `formatJoined` wrote.
 * @throws Error where it is something else
 */
export function parseJoined(text: string): JoinedCamera[] {
  const { joined } = (JSON.parse(text) ?? {}) as { joined?: unknown };
  if (!Array.isArray(joined)) throw new Error('it has no list of cameras that joined');
  return joined.map(parseCamera);
}

function parseCamera(found: unknown, at: number): JoinedCamera {
  const { key, name, tokenHash, machine, joinedAt } = (found ?? {}) as Record<string, unknown>;
  const joinedAtUs = typeof joinedAt === 'string' ? Date.parse(joinedAt) * 1000 : Number.NaN;
  const isWhole = typeof key === 'string' && isKey(key) && typeof name === 'string' && isName(name);
  const isHash = typeof tokenHash === 'string' && /^[0-9a-f]{64}$/.test(tokenHash);
  const isMachine = machine === undefined || (typeof machine === 'string' && isIdentityPart(machine));
  if (isWhole && isHash && isMachine && joinedAtUs >= 0) return { key, name, tokenHash, machine, joinedAtUs };
  throw new Error(`its camera number ${at + 1} has no right key, name, token, machine and time`);
}
