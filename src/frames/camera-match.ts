import { hostOf } from '../network/address.ts';
import type { Camera } from './camera.ts';
import { hasBase } from './camera-key.ts';
import type { ConnectionStats } from './received-frame.ts';

/** The camera that is back, of those that are called so. README.md has the rules. */
export function findAway(
  called: readonly Camera[],
  { identity, address }: Pick<ConnectionStats, 'identity' | 'address'>,
): Camera | undefined {
  const away = called.filter(({ isOnline }) => !isOnline);
  const host = hostOf(address);
  const isOfHost = (camera: Camera) => camera.host === host;
  const isAwaited = ({ firstSeenUs }: Camera) => firstSeenUs === undefined;
  const plain = away.filter((camera) => camera.identity === undefined && !isAwaited(camera));
  if (identity === undefined) {
    return plain.find(isOfHost) ?? plain[0] ?? away.find(isAwaited) ?? away.find(isOfHost);
  }
  const ofMachine = called.filter((camera) => camera.identity?.machine === identity.machine);
  const same = away.find((camera) => ofMachine.includes(camera) && camera.identity?.device === identity.device);
  if (same !== undefined) return same;
  // A machine with one camera has another device now.
  const [only, another] = ofMachine;
  if (only !== undefined && another === undefined && !only.isOnline) return only;
  // One from elsewhere is another camera: anyone can make up an identity. From the same address it
  // has a newer image-sender.
  return plain.find(isOfHost) ?? away.find(isAwaited);
}

/**
 * The camera that a connection with a token is, of all that come with this token.
 * @param owner the camera that joined
 * @returns undefined: a new one, as the owner sends pictures of another source now
 */
export function findSource(
  owner: Camera,
  cameras: Iterable<Camera>,
  { identity }: Pick<ConnectionStats, 'identity'>,
): Camera | undefined {
  // An older sender does not say its source.
  if (identity === undefined || owner.identity === undefined) return owner;
  if (owner.identity.device === identity.device) return owner;
  for (const camera of cameras)
    if (camera.tokenOf === owner.key && camera.identity?.device === identity.device) return camera;
  return owner.isOnline ? undefined : owner;
}

/** Whether the sender has the name of the camera: names that make the same key are different ones, and a stream without one is its own. */
export function isCalled(camera: Camera, { name, stream }: ConnectionStats, base: string): boolean {
  if (name !== undefined) return camera.title === name;
  return stream === undefined && camera.title === camera.key && hasBase(camera.key, base);
}
