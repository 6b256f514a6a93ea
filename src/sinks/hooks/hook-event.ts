import type { Camera } from '../../frames/camera.ts';
import type { ConnectionStats, ReceivedFrame } from '../../frames/received-frame.ts';
import type { FrameResult } from '../../frames/results/frame-result.ts';
import { hostKeyOf } from '../../network/address.ts';
import { formatIso } from '../../protocol/clock/iso-time.ts';
import type { Detection } from '../../protocol/results/detection.ts';
import { readWallClockUs } from '../../system/clock.ts';
import { describeFrame } from '../describe-frame.ts';

export const hookKinds = ['connect', 'disconnect', 'missing', 'stall', 'segment', 'frame', 'detect'] as const;
export type HookKind = (typeof hookKinds)[number];

type Details = Readonly<Record<string, string | number | null>>;

/** An event that a command is run for. */
export interface HookEvent {
  readonly kind: HookKind;
  /** The key of the camera. */
  readonly camera: string;
  /** The host of the camera, as `hostKeyOf` gives it. */
  readonly host: string;
  readonly details: Details;
  /** The command gets it behind the JSON on standard input. */
  readonly jpeg?: Uint8Array;
}

/** A file of a recording that is whole. */
export interface SegmentDetails {
  /** The path, as this program uses it. */
  readonly file: string;
  readonly frames: number;
  /** Length of the file. */
  readonly bytes: number;
  /** Times of the first and the last frame: microseconds since 1970, UTC. */
  readonly startedAtUs: number;
  readonly endedAtUs: number;
}

/** Describes an event of a connection. */
export function describeSender(
  kind: HookKind,
  camera: Camera,
  { address, name, stream }: ConnectionStats,
  more: Details = {},
): HookEvent {
  const details = { address, name: name ?? null, stream: stream ?? null, ...more };
  return describe(kind, camera, hostKeyOf(address), details);
}

/** Describes a camera that should be there. It has no host. */
export function describeMissing(camera: Camera): HookEvent {
  const { title: name, firstSeenUs, changedAtUs } = camera;
  return describe('missing', camera, '', {
    name,
    lastSeenAt: firstSeenUs === undefined ? null : formatIso(changedAtUs),
  });
}

/** Describes a recording that is complete. @param host of the camera */
export function describeSegment(camera: Camera, host: string, segment: SegmentDetails): HookEvent {
  const { file, frames, bytes, startedAtUs, endedAtUs } = segment;
  const times = { startedAt: formatIso(startedAtUs), endedAt: formatIso(endedAtUs) };
  return describe('segment', camera, host, { name: camera.title, file, frames, bytes, ...times });
}

export function describePicture(camera: Camera, frame: ReceivedFrame): HookEvent {
  return { ...describe('frame', camera, hostKeyOf(frame.connection.address), describeFrame(frame)), jpeg: frame.jpeg };
}

/** @param found detections that the user wants to know of, the most confident first; one at least */
export function describeDetection(
  { camera, frame }: FrameResult,
  found: readonly Detection[],
  jpeg: Uint8Array,
): HookEvent {
  const { connection, stream = null, sequence, capturedAtUs } = frame;
  const labels = [...new Set(found.map(({ label }) => label.replaceAll(',', ' ')))].sort();
  const details = {
    name: camera.title,
    stream,
    sequence,
    capturedAt: capturedAtUs === undefined ? null : formatIso(capturedAtUs),
    labels: labels.join(','),
    confidence: found[0]?.confidence ?? null,
    count: found.length,
    bytes: jpeg.length,
  };
  return { ...describe('detect', camera, hostKeyOf(connection.address), details), jpeg };
}

function describe(kind: HookKind, { key }: Camera, host: string, more: Details): HookEvent {
  return { kind, camera: key, host, details: { event: kind, at: formatIso(readWallClockUs()), camera: key, ...more } };
}

/**
 * The standard input of the command: one line of JSON, and for a frame the JPEG, whose length is
 * `bytes` in the JSON.
 */
export function formatInput({ details, jpeg }: HookEvent): Uint8Array[] {
  const line = new TextEncoder().encode(`${JSON.stringify(details)}\n`);
  return jpeg === undefined ? [line] : [line, jpeg];
}

/**
 * The same as environment variables: `stalledMs` is IMAGE_SOCKET_STALLED_MS; a value that is not
 * known is empty.
 */
export function formatVariables({ details }: HookEvent): Record<string, string> {
  return Object.fromEntries(
    Object.entries(details).map(([name, value]) => [
      `IMAGE_SOCKET_${name.replaceAll(/[A-Z]/g, '_$&').toUpperCase()}`,
      // A variable cannot hold a NUL: the command could not be started.
      String(value ?? '').replaceAll('\0', '?'),
    ]),
  );
}
