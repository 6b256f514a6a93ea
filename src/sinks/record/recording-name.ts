import { formatLocalDate, formatLocalTime } from '../../system/local-time.ts';

/** The format of a recording. */
export type RecordingKind = 'mkv' | 'mp4';

export interface RecordingName {
  /** The key of the camera. */
  readonly camera: string;
  /** Begin, to the second: milliseconds since 1970, UTC. */
  readonly startedAtMs: number;
  readonly kind: RecordingKind;
}

const pattern =
  /^([0-9A-Za-z_][0-9A-Za-z._-]{0,63})\/(\d{4})-(\d\d)-(\d\d)_(\d\d)-(\d\d)-(\d\d)([+-])(\d\d)(\d\d)(?:_\d{2,4})?\.(mkv|mp4)$/;

/**
 * The path of a recording, from the folder of all recordings on:
 * `garden/2026-01-31_12-00-00+0100.mkv`. The order of the names is the order of the times, except
 * for one hour in autumn, which differs from the hour before by its offset to UTC.
 * @param camera key
 * @param number counts the recordings that begin in that second: 1, 2, ...
 */
export function formatRecordingName(camera: string, startedAtMs: number, number: number, kind: RecordingKind): string {
  const us = startedAtMs * 1000;
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = -new Date(startedAtMs).getTimezoneOffset();
  const offset = `${minutes < 0 ? '-' : '+'}${two(Math.trunc(Math.abs(minutes) / 60))}${two(Math.abs(minutes) % 60)}`;
  const counted = number === 1 ? '' : `_${two(number)}`;
  return `${camera}/${formatLocalDate(us)}_${formatLocalTime(us).slice(0, 8)}${offset}${counted}.${kind}`;
}

/** Undefined where the path is no recording of ours. */
export function parseRecordingName(path: string): RecordingName | undefined {
  const [, camera = '', year, month, day, hour, minute, second, sign, hours, minutes, kind] = pattern.exec(path) ?? [];
  if (kind === undefined) return undefined;
  const startedAtMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${sign}${hours}:${minutes}`);
  return Number.isNaN(startedAtMs) ? undefined : { camera, startedAtMs, kind: kind as RecordingKind };
}
