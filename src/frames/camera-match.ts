import type { SenderIdentity } from '../protocol/wire2/message.ts';
import type { Camera } from './camera.ts';
import { hasBase } from './camera-key.ts';
import type { ConnectionStats } from './received-frame.ts';

/** The camera that is back, of those that are called so. */
export function findAway(called: readonly Camera[], identity: SenderIdentity | undefined): Camera | undefined {
  const away = called.filter(({ isOnline }) => !isOnline);
  const unknown = away.find((camera) => camera.identity === undefined);
  // Without an identity it is that of two which it was before, as far as anyone can tell.
  if (identity === undefined) return unknown ?? away[0];
  const ofMachine = called.filter((camera) => camera.identity?.machine === identity.machine);
  const same = away.find((camera) => ofMachine.includes(camera) && camera.identity?.device === identity.device);
  if (same !== undefined) return same;
  // A machine with one camera has another device now.
  const [only, another] = ofMachine;
  if (only !== undefined && another === undefined && !only.isOnline) return only;
  return unknown;
}

/** Whether the sender has the name of the camera: names that make the same key are different ones, and a stream without one is its own. */
export function isCalled(camera: Camera, { name, stream }: ConnectionStats, base: string): boolean {
  if (name !== undefined) return camera.title === name;
  return stream === undefined && camera.title === camera.key && hasBase(camera.key, base);
}
