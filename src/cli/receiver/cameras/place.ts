import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '../../../errors.ts';
import { askControl } from '../../../network/control/control-client.ts';
import { describeFileError } from '../../../system/file-error.ts';
import { findStateFolder } from '../../../system/state-folder.ts';

/** The folder of a receiver that runs as a service. */
const serviceFolder = '/var/lib/image-receiver/image-socket';

/** The files of the receiver on one port. */
export interface ReceiverPlace {
  /** The socket on which it takes commands. */
  readonly control: string;
  /** The cameras that it knows. */
  readonly cameras: string;
  /** The cameras that have joined. */
  readonly joined: string;
}

export function placeIn(folder: string, port: number): ReceiverPlace {
  return {
    control: join(folder, `receiver-${port}.sock`),
    cameras: join(folder, `cameras-${port}.json`),
    joined: join(folder, `joined-${port}.json`),
  };
}

/**
 * Asks the receiver of this user on that port, or else that of the service.
 * @returns its answer; undefined where it does not run. `place` is where its files are.
 * @throws CodedError CONNECT_FAILED where it runs and cannot be asked, or where there is none
 */
export async function askReceiver(
  port: number,
  request: unknown,
): Promise<{ readonly place: ReceiverPlace; readonly answer: unknown }> {
  const folders = [findStateFolder(), serviceFolder].filter((folder) => folder !== undefined);
  const places = folders.map((folder) => placeIn(folder, port));
  for (const place of places) {
    const answer = await askControl(place.control, request).catch((error) => {
      const reason = describeFileError(error);
      const advice = error.code === 'EACCES' ? 'Try it with sudo' : 'Try it again';
      throw new CodedError('CONNECT_FAILED', `Cannot ask the receiver on port ${port}: ${reason}. ${advice}`);
    });
    if (answer !== undefined) return { place, answer };
  }
  for (const place of places) if (await isThere(place.cameras)) return { place, answer: undefined };
  const advice = 'Start image-receiver, or give the --port that it has';
  throw new CodedError('CONNECT_FAILED', `Cannot find a receiver on port ${port} of this machine. ${advice}`);
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
