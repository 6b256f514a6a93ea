import { access, constants, readFile, stat } from 'node:fs/promises';

/** The file of a camera given by its number or by its path. */
export function devicePath(device: string): string {
  return /^\d+$/.test(device) ? `/dev/video${device}` : device;
}

/** Why a camera cannot be opened, for a person, with what to do; undefined when nothing speaks against it. */
export async function findObstacle(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined)
    return 'there is no such device. Is the camera plugged in? `ls /dev/video*` shows what there is';
  if (!found.isCharacterDevice()) return 'it is no device. Use `image-sender video` for a file';
  const readable = await access(path, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!readable) return 'permission denied. `sudo usermod -aG video $USER` and a new login permit it';
  return undefined;
}

/** A hint for the devices of ribbon cameras, which hold raw sensor data that OpenCV cannot read. */
export async function describeDriver(path: string): Promise<string> {
  const name = await readFile(`/sys/class/video4linux/${path.split('/').pop()}/name`, 'utf8').catch(() => '');
  if (/unicam|rp1-cfe|bcm2835-isp|pispbe/.test(name)) {
    return `it belongs to a ribbon camera (${name.trim()}), which OpenCV cannot read; USB cameras work`;
  }
  return 'it gives no pictures. Another program may be using it, or it may be no camera';
}
