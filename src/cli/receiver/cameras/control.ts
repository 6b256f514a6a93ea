import type { CameraRegistry } from '../../../frames/camera-registry.ts';
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
  /** ISO 8601. */
  readonly firstSeen: string;
  readonly lastSeen: string;
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

/** Why a camera cannot be forgotten, in the words of an error; undefined: it can. */
export function findObjection(name: string, cameras: readonly ListedCamera[]): string | undefined {
  const camera = cameras.find(({ key }) => key === name);
  const verb = `Cannot forget ${name}`;
  if (camera === undefined) {
    const keys = cameras.map(({ key }) => key).join(', ');
    return `${verb} as there is no such camera: ${keys === '' ? 'none is known' : `the cameras are ${keys}`}`;
  }
  return camera.online && camera.joined === null ? `${verb} as it is sending: stop its image-sender first` : undefined;
}

/**
 * Takes commands about the cameras of a receiver that runs.
 * @returns undefined where that is not possible; the log says why
 */
export async function openControl(
  path: string,
  { cameras, members, log }: { readonly cameras: CameraRegistry; readonly members: Members; readonly log: Log },
): Promise<ControlServer | undefined> {
  const facts = { isOnline: (key: string) => cameras.find(key)?.isOnline ?? false, joined: members.joined };
  const list = () => listCameras(cameras.known, facts);
  const handle = async (request: unknown) => {
    const { command, camera: name } = (request ?? {}) as Record<string, unknown>;
    if (command === 'cameras') return { cameras: list() };
    if (command === 'invite') return members.invite(String(name));
    if (command !== 'forget') return { error: `Cannot do ${JSON.stringify(command)}: this receiver does not know it` };
    const error = findObjection(String(name), list());
    if (error !== undefined) return { error };
    await members.forget(String(name));
    const camera = cameras.find(String(name));
    // The connection of one that had joined may not be over yet.
    if (camera?.isOnline === false) cameras.forget(camera);
    else if (camera !== undefined) cameras.removeJoined(camera);
    log.info(`forgot the camera ${name}`);
    return {};
  };
  try {
    return await ControlServer.open(path, handle);
  } catch (error) {
    log.warn(`Cannot take commands on ${path}: ${describeFileError(error)}`);
    return undefined;
  }
}
