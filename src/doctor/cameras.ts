import { replaceUnprintable } from '../protocol/unprintable.ts';
import type { CameraInfo } from '../sources/camera-info.ts';
import { csiCameraAdvice, rpicamInstallCommand } from '../sources/rpicam/rpicam-program.ts';
import { knownValue } from './answer.ts';
import { type Check, type Fix, makeCheck, typeHere } from './check.ts';
import type { Facts } from './facts.ts';

/** This command says more about camera modules than this program does. */
const listCommand = 'rpicam-hello --list-cameras';
/** The most cameras that have a line of their own. */
const maxLines = 4;
/** The most formats of a camera that are named. */
const maxFormats = 3;
/** Characters of the name of a camera. */
const maxNameLength = 60;

/** The cameras whose pictures can be sent now; the camera that costs least comes first. */
export function findSendable(facts: Facts): CameraInfo[] {
  return listAll(facts).filter((camera) => describeProblem(camera, facts) === undefined);
}

/** Camera modules come first: their JPEGs cost the Pi nothing. */
function listAll({ usbCameras, csiCameras }: Facts): CameraInfo[] {
  const cameras = [...(knownValue(csiCameras) ?? []), ...(knownValue(usbCameras) ?? [])];
  return cameras.map((camera) => ({ ...camera, name: replaceUnprintable(camera.name).slice(0, maxNameLength) }));
}

/** Whether there is a camera that only needs OpenCV. */
export function isAddonWanted(facts: Facts): boolean {
  return listAll(facts).some(({ source, problem }) => source === 'camera' && problem === undefined);
}

function describeProblem({ source, id, problem }: CameraInfo, { rights, addonProblem }: Facts): string | undefined {
  if (rights?.closed.includes(id) === true) return 'it cannot be opened, see rights';
  if (problem !== undefined) return problem;
  return source === 'camera' && addonProblem !== undefined ? 'it needs OpenCV, which does not load' : undefined;
}

/**
 * A line for each camera, or a line that says that there is none.
 * @param card sends a test card instead of a camera
 */
export function checkCameras(facts: Facts, again: Fix, card: Fix): Check[] {
  const cameras = listAll(facts);
  const isNeeded = findSendable(facts).length === 0;
  const lines = cameras.slice(0, maxLines).map((camera) => checkCamera(camera, facts, isNeeded));
  if (cameras.length > maxLines) {
    const left = cameras.length - maxLines;
    lines.push(makeCheck('camera', 'ok', `${left} more: image-sender camera --list`));
  }
  const { usbCameras, csiCameras } = facts;
  if ('reason' in usbCameras) {
    lines.push(makeCheck('camera', 'unknown', `USB cameras could not be asked for: ${usbCameras.reason}`, again));
  }
  if ('reason' in csiCameras) {
    lines.push(makeCheck('camera', 'unknown', csiCameras.reason, typeHere(listCommand)));
  }
  return lines.length > 0 ? lines : [describeNone(facts, facts.addonProblem === undefined ? card : again)];
}

function checkCamera(camera: CameraInfo, facts: Facts, isNeeded: boolean): Check {
  const problem = describeProblem(camera, facts);
  const where = camera.source === 'rpicam' ? `camera module ${camera.id}` : camera.id;
  const what = `${where}: ${camera.name}${describeFormats(camera)}`;
  if (problem === undefined) return makeCheck('camera', 'ok', what);
  return makeCheck('camera', isNeeded ? 'missing' : 'warning', `${what}: ${problem}`);
}

function describeFormats({ formats }: CameraInfo): string {
  const texts = formats.slice(0, maxFormats).map(({ name, sizes }) => {
    const largest = sizes.toSorted((one, other) => other.width * other.height - one.width * one.height)[0];
    return largest === undefined ? name : `${name} to ${largest.width}x${largest.height}`;
  });
  return texts.length === 0 ? '' : ` (${texts.join(', ')})`;
}

function describeNone({ model, csiCameras, rights }: Facts, fix: Fix): Check {
  if (rights !== undefined && rights.closed.length > 0) {
    const reason = 'and only a user who may open /dev/video* can see camera modules, see rights';
    return makeCheck('camera', 'missing', `no USB camera is plugged in, ${reason}`);
  }
  if (knownValue(csiCameras) === undefined) {
    return makeCheck(
      'camera',
      'missing',
      'no USB camera is plugged in; plug one in and ask again, or try with a test card',
      fix,
    );
  }
  if (!model.isPi)
    return makeCheck(
      'camera',
      'missing',
      'no camera is plugged in; plug one in and ask again, or try with a test card',
      fix,
    );
  const reason = `no USB camera is plugged in, and rpicam-apps find no camera module; ${csiCameraAdvice}`;
  return makeCheck('camera', 'missing', reason, typeHere(listCommand));
}

/**
 * Whether rpicam-apps are there, which camera modules need; undefined on machines without camera
 * modules.
 */
export function checkRpicam(facts: Facts): Check | undefined {
  const { model, csiCameras } = facts;
  if ('reason' in csiCameras) return undefined;
  if (csiCameras.value !== undefined) return makeCheck('rpicam', 'ok', 'rpicam-apps are installed');
  if (!model.isPi) return undefined;
  return makeCheck(
    'rpicam',
    listAll(facts).length === 0 ? 'missing' : 'warning',
    'rpicam-apps are not installed: camera modules need them',
    typeHere(rpicamInstallCommand),
  );
}
