import { Buffer } from 'node:buffer';
import { basename } from 'node:path';
import process from 'node:process';
import { CodedError } from '../../protocol/errors.ts';
import { replaceUnprintable } from '../../protocol/unprintable.ts';
import { onAbort } from '../../system/abort.ts';
import { Child } from '../../system/child.ts';
import { describeFileError } from '../../system/file-error.ts';
import type { CameraFormat, CameraInfo, CameraSize } from '../camera-info.ts';
import { findRpicamVid } from './rpicam-program.ts';

/** Of what the program prints. */
const maxBytes = 64 * 1024;
const defaultTimeoutMs = 10_000;
const farewellMs = 1000;
const killAfterMs = 1000;
const maxNameLength = 80;

/**
 * The ribbon cameras of this machine, as rpicam-vid lists them; none once `signal` aborts. Undefined: rpicam-apps are not installed.
 * @throws CodedError SOURCE_FAILED when it fails, or takes longer than `timeoutMs`
 */
export async function listCsiCameras(
  signal: AbortSignal,
  environment: NodeJS.ProcessEnv = process.env,
  timeoutMs = defaultTimeoutMs,
): Promise<CameraInfo[] | undefined> {
  const path = await findRpicamVid(environment);
  if (path === undefined) return undefined;
  const { text, failure } = await askForList(path, environment, timeoutMs, signal);
  const cameras = parseCsiCameras(text);
  if (cameras.length > 0 || failure === undefined || signal.aborted) return cameras;
  throw new CodedError('SOURCE_FAILED', `Cannot list the ribbon cameras: ${basename(path)} ${failure}`);
}

interface Answer {
  readonly text: string;
  readonly failure: string | undefined;
}

async function askForList(
  path: string,
  environment: NodeJS.ProcessEnv,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Answer> {
  let child: Child;
  try {
    child = await Child.start(path, ['--list-cameras'], { environment, killAfterMs });
  } catch (error) {
    return { text: '', failure: `could not be started: ${describeFileError(error)}` };
  }
  const stopWatching = onAbort(signal, () => void child.stop());
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    void child.stop();
  }, timeoutMs);
  try {
    const text = await readText(child.output());
    const end = await child.ended(farewellMs);
    if (isLate) return { text, failure: `did not end within ${timeoutMs / 1000} s` };
    if (end === undefined || end.isGood) return { text, failure: undefined };
    return { text, failure: child.lastWords === '' ? end.how : `${end.how}; it said: ${child.lastWords}` };
  } finally {
    clearTimeout(timer);
    stopWatching();
    await child.stop();
  }
}

async function readText(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    parts.push(chunk.subarray(0, maxBytes - bytes));
    bytes += chunk.length;
    if (bytes >= maxBytes) break;
  }
  return Buffer.concat(parts).toString('utf8');
}

interface Draft extends CameraInfo {
  readonly formats: (CameraFormat & { readonly sizes: CameraSize[] })[];
}

/**
 * The cameras in what `rpicam-vid --list-cameras` prints, as all rpicam-apps do; what is not understood is skipped. Its older versions print
 * sizes without a rate, or several in a line. USB cameras, which some versions list as well, are left out: `camera` sends those.
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

/** A line such as `Modes: 'SRGGB10_CSI2P' : 1536x864 [120.13 fps - (768, 432)/3072x1728 crop]`, or one that goes on with sizes. */
function addSizes(camera: Draft | undefined, line: string): void {
  const [, name, sizes = line] = /'(\w{1,32})' :(.*)$/.exec(line) ?? [];
  if (name !== undefined) camera?.formats.push({ name, sizes: [] });
  const format = camera?.formats.at(-1);
  // Whatever else stands there is no size.
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
