import { formatIso } from '../clock/iso-time.ts';
import { unprintable } from '../unprintable.ts';
import type { Detections } from './detection.ts';

/** A result for programs, and for people. */
export interface ResultFields extends Detections {
  /** The key of the camera at the receiver, its name at the sender. */
  readonly camera: string;
  /** Null: the sender has no stream; undefined: the line does not say it. */
  readonly stream: string | null | undefined;
  readonly sequence: number;
  /** Microseconds since 1970, UTC; undefined where the sender does not say it. */
  readonly capturedAtUs: number | undefined;
  readonly width: number;
  readonly height: number;
  /** Time that the detector took: microseconds. */
  readonly detectUs: number;
  /** From the capture to now, or to when the answer came: microseconds; undefined where that is not known. */
  readonly ageUs: number | undefined;
}

/** One line of JSON, without its line end, and without characters that a terminal would obey. */
export function formatResultLine(result: ResultFields): string {
  const { camera, stream, sequence, capturedAtUs, width, height, omitted, detectUs, ageUs, extra } = result;
  const fields = {
    ...{ camera, stream, sequence, capturedAt: capturedAtUs === undefined ? null : formatIso(capturedAtUs) },
    ...{ width, height },
    detections: result.detections.map(({ extra: more, ...detection }) => ({ ...detection, ...more })),
    ...(omitted === 0 ? {} : { omitted }),
    detectMs: toMs(detectUs),
    ageMs: ageUs === undefined ? null : toMs(ageUs),
    ...extra,
  };
  // JSON has escapes for all of them within its texts, and has none of them outside.
  return JSON.stringify(fields).replaceAll(escapable, (found) =>
    Array.from({ length: found.length }, (_, i) => `\\u${found.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''),
  );
}

const escapable = new RegExp(unprintable.source, 'gu');

/** Milliseconds, no finer than the clocks. */
function toMs(us: number): number {
  return Math.round(us) / 1000;
}
