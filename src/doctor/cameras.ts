import type { CameraInfo } from '../sources/camera-info.ts';
import { ribbonCameraAdvice, rpicamInstallCommand } from '../sources/rpicam-program.ts';
import { knownValue } from './answer.ts';
import { type Check, cleanLine, type Fix, makeCheck, typeHere } from './check.ts';
import type { Facts } from './facts.ts';

/** What says more than this program does of ribbon cameras. */
const listCommand = 'rpicam-hello --list-cameras';
/** Cameras that get a line of their own. */
const mostLines = 4;
/** Formats of a camera that are named. */
const mostFormats = 3;
/** Of what a camera calls itself. */
const mostNameLength = 60;

/** The cameras whose pictures can be sent as all stands, the cheapest way first. */
export function findSendable(facts: Facts): CameraInfo[] {
  return listAll(facts).filter((camera) => describeObstacle(camera, facts) === undefined);
}

/** A ribbon camera's JPEGs cost the Pi nothing, so that they come first. */
function listAll({ usbCameras, ribbonCameras }: Facts): CameraInfo[] {
  const cameras = [...(knownValue(ribbonCameras) ?? []), ...(knownValue(usbCameras) ?? [])];
  return cameras.map((camera) => ({ ...camera, name: cleanLine(camera.name).slice(0, mostNameLength) }));
}

/** Whether a camera would do if OpenCV loaded. */
export function isAddonWanted(facts: Facts): boolean {
  return listAll(facts).some(({ way, obstacle }) => way === 'camera' && obstacle === undefined);
}

function describeObstacle({ way, id, obstacle }: CameraInfo, { rights, addonObstacle }: Facts): string | undefined {
  if (rights?.closed.includes(id) === true) return 'it cannot be opened, see rights';
  if (obstacle !== undefined) return obstacle;
  return way === 'camera' && addonObstacle !== undefined ? 'it needs OpenCV, which does not load' : undefined;
}

/** A line for each camera, or one that says that there is none. @param card sends a test card in place of one */
export function judgeCameras(facts: Facts, again: Fix, card: Fix): Check[] {
  const cameras = listAll(facts);
  const isNeeded = findSendable(facts).length === 0;
  const lines = cameras.slice(0, mostLines).map((camera) => judgeCamera(camera, facts, isNeeded));
  if (cameras.length > mostLines) {
    const left = cameras.length - mostLines;
    lines.push(makeCheck('camera', 'ok', `${left} more: image-sender camera --list`));
  }
  const { usbCameras, ribbonCameras } = facts;
  if ('reason' in usbCameras) {
    lines.push(makeCheck('camera', 'unknown', `USB cameras could not be asked for: ${usbCameras.reason}`, again));
  }
  if ('reason' in ribbonCameras) {
    lines.push(makeCheck('camera', 'unknown', ribbonCameras.reason, typeHere(listCommand)));
  }
  return lines.length > 0 ? lines : [describeNone(facts, facts.addonObstacle === undefined ? card : again)];
}

function judgeCamera(camera: CameraInfo, facts: Facts, isNeeded: boolean): Check {
  const obstacle = describeObstacle(camera, facts);
  const where = camera.way === 'rpicam' ? `ribbon camera ${camera.id}` : camera.id;
  const what = `${where}: ${camera.name}${describeFormats(camera)}`;
  if (obstacle === undefined) return makeCheck('camera', 'ok', what);
  return makeCheck('camera', isNeeded ? 'missing' : 'warning', `${what}: ${obstacle}`);
}

function describeFormats({ formats }: CameraInfo): string {
  const texts = formats.slice(0, mostFormats).map(({ name, sizes }) => {
    const largest = sizes.toSorted((one, other) => other.width * other.height - one.width * one.height)[0];
    return largest === undefined ? name : `${name} to ${largest.width}x${largest.height}`;
  });
  return texts.length === 0 ? '' : ` (${texts.join(', ')})`;
}

function describeNone({ model, ribbonCameras, rights }: Facts, fix: Fix): Check {
  if (rights !== undefined && rights.closed.length > 0) {
    const reason = 'and ribbon cameras show themselves only to those who may open /dev/video*, see rights';
    return makeCheck('camera', 'missing', `no USB camera is plugged in, ${reason}`);
  }
  if (knownValue(ribbonCameras) === undefined) {
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
  const reason = `no USB camera is plugged in, and rpicam-apps find no ribbon camera; ${ribbonCameraAdvice}`;
  return makeCheck('camera', 'missing', reason, typeHere(listCommand));
}

/** Whether what ribbon cameras need is there; undefined on machines that have none. */
export function judgeRpicam(facts: Facts): Check | undefined {
  const { model, ribbonCameras } = facts;
  if ('reason' in ribbonCameras) return undefined;
  if (ribbonCameras.value !== undefined) return makeCheck('rpicam', 'ok', 'rpicam-apps are installed');
  if (!model.isPi) return undefined;
  return makeCheck(
    'rpicam',
    listAll(facts).length === 0 ? 'missing' : 'warning',
    'rpicam-apps are not installed: ribbon cameras need them',
    typeHere(rpicamInstallCommand),
  );
}
