import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CaptureDevice, CaptureFormat } from '../../opencv/addon.ts';
import { loadOpenCv } from '../../opencv/load.ts';
import { replaceUnprintable } from '../../protocol/unprintable.ts';
import type { CameraFormat, CameraInfo } from '../camera-info.ts';
import { findProblem, isCodec, isCsiCamera } from './camera-device.ts';
import { fourccText } from './fourcc.ts';

/** The folder where the kernel lists its video devices. */
export interface DevicePlaces {
  /** One folder a device, with the files `name` and `index`. */
  readonly sysfs: string;
  readonly dev: string;
}

const systemPlaces: DevicePlaces = { sysfs: '/sys/class/video4linux', dev: '/dev' };
const maxNameLength = 80;

/**
 * The cameras that `image-sender camera` can send, by the numbers of their devices. Without
 * OpenCV's addon (and under Deno) their formats are empty. Waits for each to be opened and asked,
 * with the program standing still.
 */
export async function listUsbCameras(places: DevicePlaces = systemPlaces): Promise<CameraInfo[]> {
  const ask = findAsker();
  const found = await readdir(places.sysfs).catch((): string[] => []);
  const numbers = found.flatMap((name) => /^video(\d+)$/.exec(name)?.[1] ?? []).map(Number);
  const cameras: CameraInfo[] = [];
  for (const number of numbers.sort((a, b) => a - b)) {
    const camera = await describeDevice(`video${number}`, places, ask);
    if (camera !== undefined) cameras.push(camera);
  }
  return cameras;
}

/** Undefined where the device is no such camera. */
async function describeDevice(device: string, places: DevicePlaces, ask: Asker): Promise<CameraInfo | undefined> {
  const fact = (file: string) => readFact(join(places.sysfs, device, file));
  const name = await fact('name');
  // Not even asked: some of them are no patient listeners.
  if (isCsiCamera(name) || isCodec(name)) return undefined;
  const id = join(places.dev, device);
  const answer = ask(id);
  // Beside its pictures a USB camera has a node for what it says about them.
  const isCamera = answer?.isCapture ?? ['0', ''].includes(await fact('index'));
  if (!isCamera) return undefined;
  const formats = leaveOutTwins((answer?.formats ?? []).map(describeFormat), (format) => format.name);
  return {
    source: 'camera',
    id,
    name: name || cleanText(answer?.card ?? '') || 'unnamed',
    formats,
    problem: await findProblem(id),
  };
}

type Asker = (path: string) => CaptureDevice | undefined;

function findAsker(): Asker {
  try {
    const cv = loadOpenCv();
    return (path) => {
      try {
        return cv.listCaptureFormats(path);
      } catch {
        // `findProblem` reports why the device cannot be opened.
        return undefined;
      }
    };
  } catch {
    return () => undefined;
  }
}

function describeFormat({ fourcc, sizes }: CaptureFormat): CameraFormat {
  const ordered = sizes.map(({ width, height, rates }) => ({ width, height, rates: orderRates(rates) }));
  return { name: fourccText(fourcc), sizes: leaveOutTwins(ordered, ({ width, height }) => `${width}x${height}`) };
}

/** Some drivers answer with their last entry again and again where the list has ended. */
function leaveOutTwins<Entry>(entries: readonly Entry[], key: (entry: Entry) => string): Entry[] {
  const seen = new Map<string, Entry>();
  for (const entry of entries) if (!seen.has(key(entry))) seen.set(key(entry), entry);
  return [...seen.values()];
}

/** The highest first, each once, to hundredths: 30000/1001 is 29.97. */
function orderRates(rates: readonly number[]): number[] {
  return [...new Set(rates.map((rate) => Math.round(rate * 100) / 100))].sort((a, b) => b - a);
}

async function readFact(path: string): Promise<string> {
  return cleanText(await readFile(path, 'utf8').catch(() => ''));
}

/** Cameras name themselves, with whatever characters; a terminal would obey some. */
function cleanText(text: string): string {
  return replaceUnprintable(text, ' ').trim().slice(0, maxNameLength);
}
