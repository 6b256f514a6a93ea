import type { Camera, CameraCounts } from '../../../frames/camera.ts';
import type { Second } from '../../../frames/history.ts';
import type { ConnectionStats } from '../../../frames/received-frame.ts';
import type { CameraResults } from '../../../frames/results/camera-results.ts';
import { ageOf } from '../../../frames/results/frame-result.ts';
import type { Slot } from './latest-frames.ts';

/** The rate is that of so many last whole seconds. */
const rateSeconds = 5;

/** A camera as the JSON of `/api/cameras` and of the live stream describes it. */
export interface CameraReport extends CameraCounts {
  readonly key: string;
  /** As the sender gave it: any text, which may look like markup. */
  readonly name: string;
  readonly online: boolean;
  /** Whether the camera is one of --expect. */
  readonly expected: boolean;
  /** Time of its last change between online and offline: RFC 3339, UTC. */
  readonly since: string;
  /** Frames per second, over the last five seconds. */
  readonly fps: number;
  /** Connections after the first. */
  readonly reconnects: number;
  /**
   * From capture to reception, in milliseconds, of the last thousand frames; null where the clocks
   * are not compared.
   */
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number } | null;
  readonly clocksCompared: boolean;
  /** Pixels of the newest picture; null before the first. */
  readonly width: number | null;
  readonly height: number | null;
  /** The detector's work for this camera; null: it has answered for none of its pictures. */
  readonly detector: DetectorReport | null;
  readonly urls: { readonly stream: string; readonly snapshot: string };
}

export interface DetectorReport {
  /** Results per second, over the last five seconds. */
  readonly fps: number;
  /** The last result: milliseconds from the capture to the answer; null where that is not known. */
  readonly ageMs: number | null;
  /** Time of that answer: RFC 3339, UTC. */
  readonly at: string;
  /** Its detections, the most confident first. */
  readonly detections: readonly { readonly label: string; readonly confidence: number }[];
}

export interface ReportOptions {
  /** Whether it must be there. */
  readonly isExpected?: boolean;
  readonly results?: CameraResults | undefined;
}

/** Detections of a report: more of them are no use to a reader. */
const maxReported = 20;

/**
 * A second of a camera: its time (seconds since 1970), its frames, and the latency in milliseconds
 * where it is known.
 */
export type ReportedSecond = readonly [at: number, frames: number, latencyMs: number | null];

/** @param slot its newest frame, where there is one */
export function reportCamera(
  camera: Camera,
  slot: Slot | undefined,
  nowUs: number,
  { isExpected: expected = false, results }: ReportOptions = {},
): CameraReport {
  const latencyMs = findPercentiles(camera.connections);
  const { frames, bytes, dropped, duplicates, skipped } = camera.counts;
  return {
    key: camera.key,
    name: camera.title,
    online: camera.isOnline,
    expected,
    since: new Date(camera.changedAtUs / 1000).toISOString(),
    fps: measureRate(camera, nowUs),
    frames,
    bytes,
    dropped,
    duplicates,
    skipped,
    reconnects: Math.max(0, camera.connectionCount - 1),
    latencyMs,
    // Of a camera that is offline: whether they were compared while it was online.
    clocksCompared: camera.isOnline ? latencyMs !== null : camera.latency.count > 0,
    width: slot?.frame.width ?? null,
    height: slot?.frame.height ?? null,
    detector: reportDetector(camera, results),
    urls: { stream: `/stream/${camera.key}`, snapshot: `/snapshot/${camera.key}.jpg` },
  };
}

function reportDetector(camera: Camera, results: CameraResults | undefined): DetectorReport | null {
  const last = results?.last(camera);
  if (last === undefined || results === undefined) return null;
  const ageUs = ageOf(last);
  return {
    fps: roundTenth(results.rate(camera)),
    ageMs: ageUs === undefined ? null : roundTenth(ageUs / 1000),
    at: new Date(last.answeredAtUs / 1000).toISOString(),
    detections: last.detections.slice(0, maxReported).map(({ label, confidence }) => ({ label, confidence })),
  };
}

/** The seconds from that one on; the last of them may not be over. */
export function reportHistory(camera: Camera, fromSecond: number, nowUs: number): ReportedSecond[] {
  const seconds = camera.history.since(nowUs).filter(({ at }) => at >= fromSecond);
  return seconds.map(({ at, frames, latencyMs }) => [
    at,
    frames,
    latencyMs === undefined ? null : roundTenth(latencyMs),
  ]);
}

function findPercentiles(connections: ReadonlySet<ConnectionStats>): CameraReport['latencyMs'] {
  // There is mostly one connection. Of several, the newest counts.
  const found = [...connections].at(-1)?.latency.percentiles;
  if (found === undefined) return null;
  return { p50: roundTenth(found.p50 / 1000), p95: roundTenth(found.p95 / 1000), p99: roundTenth(found.p99 / 1000) };
}

/** Over the last whole seconds in which the camera was online. */
function measureRate(camera: Camera, nowUs: number): number {
  if (!camera.isOnline) return 0;
  const end = Math.floor(nowUs / 1e6);
  const start = Math.max(end - rateSeconds, Math.ceil(camera.changedAtUs / 1e6));
  if (end <= start) return 0;
  const within = (second: Second) => second.at >= start && second.at < end;
  const frames = camera.history.since(nowUs).reduce((sum, second) => sum + (within(second) ? second.frames : 0), 0);
  return roundTenth(frames / (end - start));
}

function roundTenth(value: number): number {
  return Math.round(value * 10) / 10;
}
