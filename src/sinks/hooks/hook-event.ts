import type { Camera } from '../../frames/camera.ts';
import type { ConnectionStats, ReceivedFrame } from '../../frames/received-frame.ts';
import { hostKeyOf } from '../../network/address.ts';
import { formatIso } from '../../protocol/clock/iso-time.ts';
import { readWallClockUs } from '../../system/clock.ts';
import { describeFrame } from '../lines/line-sink.ts';

export const hookKinds = ['connect', 'disconnect', 'stall', 'segment', 'frame'] as const;
export type HookKind = (typeof hookKinds)[number];

type Details = Readonly<Record<string, string | number | null>>;

/** Something that a command is run for. */
export interface HookEvent {
  readonly kind: HookKind;
  /** Its key. */
  readonly camera: string;
  /** Which it comes from, as `hostKeyOf` gives it. */
  readonly host: string;
  readonly details: Details;
  /** Follows the JSON on standard input. */
  readonly jpeg?: Uint8Array;
}

/** A file of a recording that is whole. */
export interface SegmentDetails {
  /** Path, as the program has it. */
  readonly file: string;
  readonly frames: number;
  /** Length of the file. */
  readonly bytes: number;
  /** Of its first and last frame: microseconds since 1970, UTC. */
  readonly startedAtUs: number;
  readonly endedAtUs: number;
}

/** For an end: `reason` is the code of the error, unless all was well. */
export function describeSender(
  kind: HookKind,
  camera: Camera,
  { address, name, stream }: ConnectionStats,
  more: Details = {},
): HookEvent {
  const details = { address, name: name ?? null, stream: stream ?? null, ...more };
  return describe(kind, camera, hostKeyOf(address), details);
}

/** @param host which the camera came from */
export function describeSegment(camera: Camera, host: string, segment: SegmentDetails): HookEvent {
  const { file, frames, bytes, startedAtUs, endedAtUs } = segment;
  const times = { startedAt: formatIso(startedAtUs), endedAt: formatIso(endedAtUs) };
  return describe('segment', camera, host, { name: camera.title, file, frames, bytes, ...times });
}

export function describePicture(camera: Camera, frame: ReceivedFrame): HookEvent {
  return { ...describe('frame', camera, hostKeyOf(frame.connection.address), describeFrame(frame)), jpeg: frame.jpeg };
}

function describe(kind: HookKind, { key }: Camera, host: string, more: Details): HookEvent {
  return { kind, camera: key, host, details: { event: kind, at: formatIso(readWallClockUs()), camera: key, ...more } };
}

/** What the command reads: one line of JSON, and behind that of a frame so many bytes of a JPEG as `bytes` in it says. */
export function formatInput({ details, jpeg }: HookEvent): Uint8Array[] {
  const line = new TextEncoder().encode(`${JSON.stringify(details)}\n`);
  return jpeg === undefined ? [line] : [line, jpeg];
}

/** The same in variables: `stalledMs` is IMAGE_SOCKET_STALLED_MS; what is not known is empty. */
export function formatVariables({ details }: HookEvent): Record<string, string> {
  return Object.fromEntries(
    Object.entries(details).map(([name, value]) => [
      `IMAGE_SOCKET_${name.replaceAll(/[A-Z]/g, '_$&').toUpperCase()}`,
      // No variable can hold a NUL, and a command with one would not be started at all.
      String(value ?? '').replaceAll('\0', '?'),
    ]),
  );
}
