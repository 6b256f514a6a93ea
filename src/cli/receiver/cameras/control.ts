import type { CameraRegistry } from '../../../frames/camera-registry.ts';
import type { CameraForgetter } from '../../../frames/forget-camera.ts';
import type { JoinedCamera } from '../../../frames/joined/joined-camera.ts';
import type { JoinedCameras } from '../../../frames/joined/joined-cameras.ts';
import type { KnownCamera } from '../../../frames/known-camera.ts';
import { ControlServer } from '../../../network/control/control-server.ts';
import { formatIso } from '../../../protocol/clock/iso-time.ts';
import { describeFileError } from '../../../system/file-error.ts';
import type { Log } from '../../../system/log.ts';
import type { Members } from './members.ts';

/** A command of another process to the receiver. */
export type ControlRequest =
  | { readonly command: 'cameras' }
  | { readonly command: 'forget' | 'invite'; readonly camera: string };

/** A camera as `image-receiver cameras` lists it. */
export interface ListedCamera {
  readonly key: string;
  readonly name: string;
  readonly online: boolean;
  /** ISO 8601; null of a camera that is expected and never came. */
  readonly firstSeen: string | null;
  readonly lastSeen: string | null;
  /** When it joined, ISO 8601; null: it has not joined. */
  readonly joined: string | null;
  /** Of image-sender; null where it is not known. */
  readonly version: string | null;
}

/** Facts about cameras that a receiver knows. */
export interface CameraFacts {
  /** Whether the camera of that key is there now. */
  readonly isOnline: (key: string) => boolean;
  readonly joined: Pick<JoinedCameras, 'find'> | undefined;
}

export function listCameras(cameras: readonly KnownCamera[], { isOnline, joined }: CameraFacts): ListedCamera[] {
  return cameras.map(({ key, name, identity, firstSeenUs, lastSeenUs }) => ({
    key,
    name,
    online: isOnline(key),
    firstSeen: formatIso(firstSeenUs),
    lastSeen: formatIso(lastSeenUs),
    joined: formatJoinTime(joined?.find(key)),
    version: identity?.version ?? null,
  }));
}

function formatJoinTime(camera: JoinedCamera | undefined): string | null {
  return camera === undefined ? null : formatIso(camera.joinedAtUs);
}

/** The cameras that are expected and never came. */
function listAwaited({ expected }: CameraRegistry): ListedCamera[] {
  const awaited = [...expected].filter(({ firstSeenUs }) => firstSeenUs === undefined);
  const none = { online: false, firstSeen: null, lastSeen: null, joined: null, version: null };
  return awaited.map(({ key, title: name }) => ({ key, name, ...none }));
}

/** The parts of a receiver that commands need. */
export interface ControlParts {
  readonly cameras: CameraRegistry;
  readonly forgetter: CameraForgetter;
  readonly members: Members;
  readonly log: Log;
}

/**
 * Takes commands about the cameras of a receiver that runs.
 * @returns undefined where that is not possible; the log says why
 */
export async function openControl(
  path: string,
  { cameras, forgetter, members, log }: ControlParts,
): Promise<ControlServer | undefined> {
  const facts = { isOnline: (key: string) => cameras.find(key)?.isOnline ?? false, joined: members.joined };
  const list = () => {
    const all = [...listCameras(cameras.known, facts), ...listAwaited(cameras)];
    return all.sort((a, b) => (a.key < b.key ? -1 : 1));
  };
  const handle = async (request: unknown) => {
    const { command, camera: name } = (request ?? {}) as Record<string, unknown>;
    if (command === 'cameras') return { cameras: list() };
    if (command === 'invite') return members.invite(String(name));
    if (command !== 'forget') return { error: `Cannot do ${JSON.stringify(command)}: this receiver does not know it` };
    const error = await forgetter.forget(String(name));
    return error === undefined ? {} : { error };
  };
  try {
    return await ControlServer.open(path, handle);
  } catch (error) {
    log.warn(`Cannot take commands on ${path}: ${describeFileError(error)}`);
    return undefined;
  }
}
