import { formatIso } from '../protocol/clock/iso-time.ts';
import { isIdentityPart, isName, isVersion, type SenderIdentity } from '../protocol/wire2/message.ts';
import type { Camera } from './camera.ts';
import { isKey } from './camera-key.ts';

/** A camera as it is kept from one run of the receiver to the next. */
export interface KnownCamera {
  readonly key: string;
  readonly name: string;
  readonly identity: SenderIdentity | undefined;
  /** As in `Camera`. */
  readonly tokenOf?: string | undefined;
  /** The host of its last sender, without a port. */
  readonly host?: string | undefined;
  /** Microseconds since 1970, UTC. */
  readonly firstSeenUs: number;
  /** The same; when it went, or now. */
  readonly lastSeenUs: number;
}

/** More than any address or host name has. */
const maxHostLength = 255;

/** Undefined where the camera is expected, and never came. */
export function toKnown(camera: Camera, nowUs: number): KnownCamera | undefined {
  const { key, title: name, identity, tokenOf, host, firstSeenUs, changedAtUs, isOnline } = camera;
  if (firstSeenUs === undefined) return undefined;
  const owner = tokenOf === undefined ? {} : { tokenOf };
  return { key, name, identity, ...owner, host, firstSeenUs, lastSeenUs: isOnline ? nowUs : changedAtUs };
}

/** The text of a file that keeps cameras. */
export function formatKnown(cameras: readonly KnownCamera[]): string {
  const listed = cameras.map(({ key, name, identity, tokenOf, host, firstSeenUs, lastSeenUs }) => {
    return {
      key,
      name,
      ...identity,
      tokenOf,
      host,
      firstSeen: formatIso(firstSeenUs),
      lastSeen: formatIso(lastSeenUs),
    };
  });
  return `${JSON.stringify({ cameras: listed }, null, 2)}\n`;
}

/**
 * Reads what `formatKnown` wrote.
 * @throws Error where it is something else, which a user or a failing disk may have made of it
 */
export function parseKnown(text: string): KnownCamera[] {
  const { cameras } = JSON.parse(text) as { cameras?: unknown };
  if (!Array.isArray(cameras)) throw new Error('it has no list of cameras');
  return cameras.map(parseCamera);
}

function parseCamera(found: unknown, at: number): KnownCamera {
  const fields = (found ?? {}) as Record<string, unknown>;
  const { key, name, machine, device, version, tokenOf, host, firstSeen, lastSeen } = fields;
  const [firstSeenUs, lastSeenUs] = [parseTime(firstSeen), parseTime(lastSeen)];
  const isWhole = typeof key === 'string' && isKey(key) && typeof name === 'string' && isName(name);
  if (!isWhole || firstSeenUs === undefined || lastSeenUs === undefined)
    throw new Error(`its camera number ${at + 1} has no right key, name and times`);
  const isHost = typeof host === 'string' && host.length <= maxHostLength;
  const from = isHost ? { host } : {};
  const owner = typeof tokenOf === 'string' && isKey(tokenOf) ? { tokenOf } : {};
  return {
    key,
    name,
    identity: parseIdentity({ machine, device, version }),
    ...owner,
    ...from,
    firstSeenUs,
    lastSeenUs,
  };
}

function parseIdentity({
  machine,
  device,
  version,
}: Record<keyof SenderIdentity, unknown>): SenderIdentity | undefined {
  if (typeof machine !== 'string' || typeof device !== 'string' || typeof version !== 'string') return undefined;
  return isIdentityPart(machine) && isIdentityPart(device) && isVersion(version)
    ? { machine, device, version }
    : undefined;
}

/** From 1970 to the present: a camera from the future would never be the oldest. */
function parseTime(text: unknown): number | undefined {
  const ms = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  return ms >= 0 ? Math.min(ms, Date.now()) * 1000 : undefined;
}
