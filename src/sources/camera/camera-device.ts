import { readdirSync, realpathSync } from 'node:fs';
import { access, constants, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { quoteWord } from '../../system/shell-word.ts';

/**
 * Devices of camera modules: raw sensor data, and what makes pictures of them for other programs.
 */
const csiDrivers = /^(unicam|rp1-cfe|bcm2835-isp|pispbe)/;
/** Video decoders and encoders of the Raspberry Pi. */
const codecDrivers = /^(bcm2835-codec|rpivid|rpi-hevc-dec)/;

/** The file of a camera given by its number or by its path. */
export function devicePath(device: string): string {
  return /^\d+$/.test(device) ? `/dev/video${device}` : device;
}

/**
 * The path of a camera that stays the same when cameras are found in another order: that of its USB
 * port, as udev names it. Two cameras of one model may have no other difference.
 * @returns the path of the device where there is none
 */
export function stablePath(device: string, folder = '/dev/v4l/by-path'): string {
  const path = devicePath(device);
  try {
    const real = realpathSync(path);
    const names = readdirSync(folder).filter((name) => realpathSync(join(folder, name)) === real);
    return names.sort()[0] ?? path;
  } catch {
    return path;
  }
}

/**
 * Why a camera cannot be opened, for a person, with what to do; undefined when nothing speaks
 * against it.
 */
export async function findProblem(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined)
    return 'there is no such device. Is it plugged in? `image-sender camera --list` shows what there is; a camera module is sent by `image-sender rpicam`';
  if (!found.isCharacterDevice()) return 'it is no device. Use `image-sender video` for a file';
  const readable = await access(path, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!readable) return 'permission denied. `sudo usermod -aG video $USER` and a new login permit it';
  return undefined;
}

/**
 * Whether the device that its driver gives that name belongs to a camera module: OpenCV cannot read
 * it.
 */
export function isCsiCamera(name: string): boolean {
  return csiDrivers.test(name);
}

/** Whether the device that its driver gives that name is a video codec. */
export function isCodec(name: string): boolean {
  return codecDrivers.test(name);
}

/** Why a device that can be opened gives no pictures. */
export async function describeDriver(path: string): Promise<string> {
  const name = (await readFile(`/sys/class/video4linux/${path.split('/').pop()}/name`, 'utf8').catch(() => '')).trim();
  if (isCsiCamera(name)) {
    return `it belongs to a camera module (${name}), which OpenCV cannot read. Use \`image-sender rpicam\``;
  }
  if (isCodec(name)) return `it is a video codec (${name}). \`image-sender camera --list\` shows the cameras`;
  return `it gives no pictures. \`sudo fuser -v ${quoteWord(path)}\` names a program that uses it; \`image-sender camera --list\` shows the cameras`;
}
