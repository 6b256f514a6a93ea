import type { PictureSize } from '../jpeg/jpeg-size.ts';
import { type Detection, type Detections, type Extra, maxDetections } from './detection.ts';
import { leaveOut, readDetection } from './detector-shapes.ts';

/** The longest line of a detector, in bytes: masks and keypoints are long. */
export const maxAnswerBytes = 256_000;
/** Bytes of JSON of all fields of a detector that travel along. */
export const maxExtraBytes = 4096;

/** The frame that an answer names. */
export interface AnswerPlace {
  readonly sequence: number;
  /** Undefined where the answer does not name it; null: of a sender that has no stream. */
  readonly stream: string | null | undefined;
  /** The key of the camera. */
  readonly camera: string | undefined;
}

/** A line of a detector, before it is known which frame it is about. */
export interface Answer {
  /** Undefined: the answer does not say it. */
  readonly place: AnswerPlace | undefined;
  readonly found: readonly unknown[];
  /** The picture that the detector saw, where it says so. */
  readonly image: PictureSize | undefined;
  readonly extra: Extra;
}

/** Detections of an answer, and how many were none. */
export interface ReadDetections extends Detections {
  /** Without a label, confidence or box as they must be. */
  readonly refused: number;
}

/** Fields of a frame: a detector may print them again, and they say nothing new. */
const frameKeys = [
  'camera',
  'address',
  'name',
  'stream',
  'sequence',
  'capturedAt',
  'receivedAt',
  'latencyMs',
  'latencyErrorMs',
  'clockOffsetMs',
  'width',
  'height',
  'bytes',
  'batchIndex',
  'batchLength',
  'groupSequence',
];
/** Fields that a result has of its own. */
const resultKeys = ['detections', 'predictions', 'omitted', 'detectMs', 'ageMs', '__proto__'];
const isOwn = (key: string) => frameKeys.includes(key) || resultKeys.includes(key);

/**
 * Reads a line of a detector: a list of detections, or an object with `detections` or `predictions`.
 * @returns undefined where it is none
 */
export function readAnswer(line: string): Answer | undefined {
  const found = parse(line);
  if (Array.isArray(found)) return { place: undefined, found, image: undefined, extra: {} };
  if (typeof found !== 'object' || found === null) return undefined;
  const fields = found as Record<string, unknown>;
  const list = [fields['detections'], fields['predictions']].find(Array.isArray);
  if (list === undefined) return undefined;
  return {
    place: readPlace(fields),
    found: list,
    image: readImage(fields['image']),
    extra: leaveOut(fields, isOwn) ?? {},
  };
}

/** @param picture that the frame of the answer has */
export function readDetections({ found, image, extra }: Answer, picture: PictureSize): ReadDetections {
  const all = found.flatMap((one) => readDetection(one, picture, image) ?? []);
  const sorted = all.toSorted((one, other) => other.confidence - one.confidence);
  const budget = new ExtraBudget();
  return {
    extra: budget.fits(extra) ? extra : {},
    detections: sorted.slice(0, maxDetections).map((one) => withinBudget(one, budget)),
    omitted: Math.max(0, all.length - maxDetections),
    refused: found.length - all.length,
  };
}

function withinBudget({ extra, ...detection }: Detection, budget: ExtraBudget): Detection {
  return extra !== undefined && budget.fits(extra) ? { ...detection, extra } : detection;
}

/** Counts the bytes of fields that travel along. */
class ExtraBudget {
  #left = maxExtraBytes;

  /** Whether there is room for them, which they then have. */
  fits(extra: Extra): boolean {
    const bytes = measure(extra);
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }
}

function measure(extra: Extra): number {
  try {
    return new TextEncoder().encode(JSON.stringify(extra)).length;
  } catch {
    // It is nested too deeply to be written.
    return Number.POSITIVE_INFINITY;
  }
}

/** Python's json module writes numbers that JSON does not have. They make a detection refused, and not the others. */
function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    if (!/\b(?:NaN|Infinity)\b/.test(line)) return undefined;
  }
  try {
    return JSON.parse(line.replaceAll(/-?\b(?:NaN|Infinity)\b/g, '"?"'));
  } catch {
    return undefined;
  }
}

function readPlace({ sequence, stream, camera }: Record<string, unknown>): AnswerPlace | undefined {
  if (typeof sequence !== 'number') return undefined;
  return {
    sequence,
    stream: typeof stream === 'string' || stream === null ? stream : undefined,
    camera: typeof camera === 'string' ? camera : undefined,
  };
}

function readImage(found: unknown): PictureSize | undefined {
  const { width, height } = (found ?? {}) as Record<string, unknown>;
  const isSize = (side: unknown): side is number => typeof side === 'number' && side > 0 && Number.isFinite(side);
  return isSize(width) && isSize(height) ? { width, height } : undefined;
}
