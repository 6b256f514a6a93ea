import { basename } from 'node:path';
import process from 'node:process';
import { CodedError } from '../../errors.ts';
import { replaceUnprintable } from '../../protocol/unprintable.ts';
import { runProgram } from '../../system/run-program.ts';
import type { CameraFormat, CameraInfo, CameraSize } from '../camera-info.ts';
import { findRpicamVid } from './rpicam-program.ts';

const defaultTimeoutMs = 10_000;
const killAfterMs = 1000;
const maxNameLength = 80;

/**
 * The camera modules of this machine, as rpicam-vid lists them; none once `signal` aborts.
 * Undefined: rpicam-apps are not installed.
 * @throws CodedError SOURCE_FAILED when it fails, or takes longer than `timeoutMs`
 */
export async function listCsiCameras(
  signal: AbortSignal,
  environment: NodeJS.ProcessEnv = process.env,
  timeoutMs = defaultTimeoutMs,
): Promise<CameraInfo[] | undefined> {
  const path = await findRpicamVid(environment);
  if (path === undefined) return undefined;
  const options = { environment, timeoutMs, signal, killAfterMs };
  const { output, failure } = await runProgram(path, ['--list-cameras'], options);
  const cameras = parseCsiCameras(output);
  if (cameras.length > 0 || failure === undefined || signal.aborted) return cameras;
  throw new CodedError('SOURCE_FAILED', `Cannot list the camera modules: ${basename(path)} ${failure}`);
}

interface Draft extends CameraInfo {
  readonly formats: (CameraFormat & { readonly sizes: CameraSize[] })[];
}

/**
 * The cameras in what `rpicam-vid --list-cameras` prints, as all rpicam-apps do; what is not
 * understood is skipped. Its older versions print sizes without a rate, or several in a line. USB
 * cameras, which some versions list as well, are left out: `camera` sends those.
 * https://www.raspberrypi.com/documentation/computers/camera_software.html#list-cameras
 */
export function parseCsiCameras(text: string): CameraInfo[] {
  const cameras: Draft[] = [];
  const usbCameras = new Set<string>();
  for (const line of text.split(/\r?\n/)) {
    const [, id, rest = ''] = /^\s*(\d{1,3}) : (\S.*)$/.exec(line) ?? [];
    if (id === undefined) {
      addSizes(cameras.at(-1), line);
      continue;
    }
    if (/\/usb\d*@/.test(rest)) usbCameras.add(id);
    cameras.push({ source: 'rpicam', id, name: cleanName(rest), formats: [], problem: undefined });
  }
  return cameras.filter(({ id }) => !usbCameras.has(id));
}

/**
 * A line such as `Modes: 'SRGGB10_CSI2P' : 1536x864 [120.13 fps - (768, 432)/3072x1728 crop]`, or
 * one that goes on with sizes.
 */
function addSizes(camera: Draft | undefined, line: string): void {
  const [, name, sizes = line] = /'(\w{1,32})' :(.*)$/.exec(line) ?? [];
  if (name !== undefined) camera?.formats.push({ name, sizes: [] });
  const format = camera?.formats.at(-1);
  // Any other text there is no size.
  if (format === undefined || !/^\s*\d+x\d+/.test(sizes)) return;
  for (const [, width, height, inSquare, inRound] of sizes.matchAll(
    /(\d{1,5})x(\d{1,5})\s*(?:\[([^\]]*)\]|\(([^)]*)\))?/g,
  )) {
    const rate = Number(/^(\d+(?:\.\d+)?) fps/.exec(inSquare ?? inRound ?? '')?.[1] ?? 0);
    format.sizes.push({ width: Number(width), height: Number(height), rates: rate > 0 ? [rate] : [] });
  }
}

/** Of `imx708 [4608x2592 10-bit RGGB] (/base/soc/i2c0mux/i2c@1/imx708@1a)`, the first word. */
function cleanName(rest: string): string {
  const [name = ''] = rest.split(' [');
  return replaceUnprintable(name, ' ').trim().slice(0, maxNameLength);
}
