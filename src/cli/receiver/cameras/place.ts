import { access, readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CodedError } from '../../../errors.ts';
import { askControl, connectControl } from '../../../network/control/control-client.ts';
import { describeFileError } from '../../../system/file-error.ts';
import { replaceFile } from '../../../system/replace-file.ts';
import { findStateFolder } from '../../../system/state-folder.ts';

/** The folder of a receiver that runs as a service. */
const serviceFolder = '/var/lib/image-receiver/image-socket';
/**
 * Of these no two can listen on one port at the same time. A user may change from one to another,
 * to let other machines in, and keeps the cameras.
 */
const commonHosts = ['localhost', '127.0.0.1', '0.0.0.0', '::'];

/** The address of a receiver, as its options say it. */
export interface ReceiverAddress {
  readonly host: string;
  readonly port: number;
}

/** The files of the receiver at one address. */
export interface ReceiverPlace {
  /** The socket on which it takes commands. */
  readonly control: string;
  /** The cameras that it knows. */
  readonly cameras: string;
  /** The cameras that have joined. */
  readonly joined: string;
}

/** Two receivers may have one port, each on an address of its own. */
export function placeIn(folder: string, { host, port }: ReceiverAddress): ReceiverPlace {
  const id = commonHosts.includes(host) ? `${port}` : `${host.toLowerCase().replaceAll(/[^0-9a-z.]/g, '-')}-${port}`;
  return placeOf(folder, id);
}

function placeOf(folder: string, id: string): ReceiverPlace {
  return {
    control: join(folder, `receiver-${id}.sock`),
    cameras: join(folder, `cameras-${id}.json`),
    joined: join(folder, `joined-${id}.json`),
  };
}

/**
 * An earlier version had the same files for all receivers of a port. A receiver without files of its
 * own begins with these, unless a receiver runs that keeps them.
 * @throws CodedError OUTPUT_FAILED where the cameras that joined could get lost
 */
export async function adoptEarlier(place: ReceiverPlace, port: number): Promise<void> {
  const earlier = placeOf(dirname(place.cameras), `${port}`);
  if ((await isThere(place.cameras)) || (await isThere(place.joined)) || (await isRunning(earlier))) return;
  await copyState(earlier.joined, place.joined).catch((error) => {
    const reason = describeFileError(error);
    throw new CodedError('OUTPUT_FAILED', `Cannot copy ${earlier.joined} to ${place.joined}: ${reason}`);
  });
  // Without them all cameras are new.
  await copyState(earlier.cameras, place.cameras).catch(() => undefined);
}

async function copyState(from: string, to: string): Promise<void> {
  if (from === to || !(await isThere(from))) return;
  await replaceFile(to, await readFile(from, 'utf8'));
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * Asks the receiver of this user on that port, or else that of the service.
 * @param host undefined: whichever has the port
 * @returns its answer; undefined where it does not run. `place` is where its files are.
 * @throws CodedError CONNECT_FAILED where it runs and cannot be asked, or where there is none;
 * BAD_OPTION where there are several
 */
export async function askReceiver(
  { host, port }: { readonly host: string | undefined; readonly port: number },
  request: unknown,
): Promise<{ readonly place: ReceiverPlace; readonly answer: unknown }> {
  const kept: ReceiverPlace[] = [];
  for (const folder of [findStateFolder(), serviceFolder]) {
    if (folder === undefined) continue;
    const names = await readdir(folder).catch((): string[] => []);
    const places = host === undefined ? listPlaces(folder, names, port) : [placeIn(folder, { host, port })];
    const running = await Promise.all(places.map(isRunning));
    const place = chooseOne(places.filter((_, i) => running[i]));
    if (place !== undefined) return { place, answer: await ask(place, port, request) };
    kept.push(...places.filter(({ cameras }) => names.includes(basename(cameras))));
  }
  // The first is that of the common addresses.
  const [first] = kept;
  if (first !== undefined) return { place: first, answer: undefined };
  const advice = 'Start image-receiver, or give the --port that it has';
  throw new CodedError('CONNECT_FAILED', `Cannot find a receiver on port ${port} of this machine. ${advice}`);
}

/** The places of all receivers that have had that port; first that of the common addresses. */
function listPlaces(folder: string, names: readonly string[], port: number): ReceiverPlace[] {
  const pattern = /^(?:receiver|cameras)-(?:(.+)-)?(\d+)\.(?:sock|json)$/;
  const found = names.flatMap((name) => {
    const [, host, itsPort] = pattern.exec(name) ?? [];
    return host !== undefined && itsPort === `${port}` ? `${host}-${port}` : [];
  });
  return [`${port}`, ...new Set(found.sort())].map((id) => placeOf(folder, id));
}

async function isRunning({ control }: ReceiverPlace): Promise<boolean> {
  try {
    const socket = await connectControl(control);
    socket?.destroy();
    return socket !== undefined;
  } catch {
    // It runs as another user.
    return true;
  }
}

function chooseOne(running: readonly ReceiverPlace[]): ReceiverPlace | undefined {
  const [place, ...others] = running;
  if (others.length === 0) return place;
  const reason = `${running.length} receivers of this machine have that port, each on an address of its own`;
  throw new CodedError('BAD_OPTION', `Cannot choose a receiver as ${reason}: give --host with the one that it has`);
}

async function ask({ control }: ReceiverPlace, port: number, request: unknown): Promise<unknown> {
  return askControl(control, request).catch((error) => {
    const reason = describeFileError(error);
    const advice = error.code === 'EACCES' ? 'Try it with sudo' : 'Try it again';
    throw new CodedError('CONNECT_FAILED', `Cannot ask the receiver on port ${port}: ${reason}. ${advice}`);
  });
}
