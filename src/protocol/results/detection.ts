import { replaceUnprintable } from '../unprintable.ts';

/** Corners in pixels, origin top left, within the picture; x1 <= x2 and y1 <= y2. */
export type Box = readonly [x1: number, y1: number, x2: number, y2: number];

/** Fields that a detector adds, which travel along as they are. */
export type Extra = Readonly<Record<string, unknown>>;

/** An object that a detector found in a picture. */
export interface Detection {
  /** 1 to 64 bytes of UTF-8 without control characters. */
  readonly label: string;
  /** 0 to 1, with at most four decimals. */
  readonly confidence: number;
  /** Whole pixels. */
  readonly box: Box;
  /** The same object has the same track in other frames: a number up to 2^53 - 1, or 1 to 32 bytes of text. */
  readonly track?: number | string | undefined;
  readonly extra?: Extra | undefined;
}

/** All that a detector found in one frame. */
export interface Detections {
  /** The most confident first; at most `maxDetections`. */
  readonly detections: readonly Detection[];
  /** Detections that the limits left out: the least confident. */
  readonly omitted: number;
  /** Fields of the answer beside its detections. */
  readonly extra: Extra;
}

/** Detections of one frame. */
export const maxDetections = 300;
/** Bytes of the text of one label. */
export const maxLabelBytes = 64;
export const maxTrackBytes = 32;
/** The steps of a confidence: four decimals. */
export const confidenceSteps = 10_000;

/** The label as it can be shown and sent; undefined where nothing of it is left. */
export function cleanLabel(text: string): string | undefined {
  return cleanText(text, maxLabelBytes);
}

/** A track as JSON and wire 2 have it: a text of digits is a number. Undefined where there is none. */
export function cleanTrack(found: unknown): number | string | undefined {
  if (typeof found === 'number') return Number.isSafeInteger(found) && found >= 0 ? found : undefined;
  if (typeof found !== 'string') return undefined;
  const text = cleanText(found, maxTrackBytes);
  return text !== undefined && /^(?:0|[1-9]\d{0,14})$/.test(text) ? Number(text) : text;
}

/** Cut between two characters. */
function cleanText(text: string, maxBytes: number): string | undefined {
  // The rest of a long text is of no use: it is not looked at.
  const clean = replaceUnprintable(text.slice(0, maxBytes)).trim();
  const { read } = new TextEncoder().encodeInto(clean, new Uint8Array(maxBytes));
  const cut = clean.slice(0, read).trimEnd();
  return cut === '' ? undefined : cut;
}

/** Whole pixels within the picture; undefined where nothing of the box is in it, or it is none. */
export function clipBox([x1, y1, x2, y2]: Box, width: number, height: number): Box | undefined {
  const clip = (value: number, max: number) => Math.min(Math.max(Math.round(value), 0), max);
  if (![x1, y1, x2, y2].every((value) => Number.isFinite(value)) || x1 > x2 || y1 > y2) return undefined;
  if (x2 < 0 || y2 < 0 || x1 > width || y1 > height) return undefined;
  return [clip(x1, width), clip(y1, height), clip(x2, width), clip(y2, height)];
}

/** To four decimals; undefined where it is none. */
export function readConfidence(value: number): number | undefined {
  return value >= 0 && value <= 1 ? Math.round(value * confidenceSteps) / confidenceSteps : undefined;
}
