import { replaceUnprintable } from '../../../protocol/unprintable.ts';
import { layOut } from '../../../system/columns.ts';
import type { ListedCamera } from './control.ts';

/** The cameras for a person, one line each. Times are UTC. */
export function formatCameraTable(cameras: readonly ListedCamera[]): string[] {
  if (cameras.length === 0) return ['no camera is known'];
  const rows = cameras.map(({ key, name, online, lastSeen, firstSeen, joined, version }) => [
    replaceUnprintable(key),
    replaceUnprintable(name),
    online ? 'sending now' : describeAbsence(lastSeen),
    firstSeen === null ? '-' : formatTime(firstSeen),
    // An older receiver does not say it.
    (joined ?? null) === null ? '-' : formatTime(String(joined)),
    replaceUnprintable(version ?? '-'),
  ]);
  return layOut([['camera', 'name', 'state (UTC)', 'first seen', 'joined', 'version'], ...rows], 6);
}

function describeAbsence(lastSeen: string | null): string {
  return lastSeen === null ? 'expected, and never came' : `away since ${formatTime(lastSeen)}`;
}

/** To the second. */
function formatTime(text: string): string {
  return replaceUnprintable(text.slice(0, 19).replace('T', ' '));
}
