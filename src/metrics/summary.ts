import type { Camera } from '../frames/camera.ts';
import { bucketBoundsMs, type LatencyHistogram } from '../frames/latency-histogram.ts';
import type { SinkStats } from '../sinks/sink.ts';
import { formatBytes } from '../system/byte-units.ts';
import { layOut } from '../system/columns.ts';
import type { Stats } from './metrics.ts';

/** The most cameras that have a line; the others are counted. */
const maxCameras = 50;

/**
 * The figures of cameras and sinks at the end, as lines of two tables; none when no camera sent
 * anything.
 */
export function summarize({ cameras, sinks }: Stats): string[] {
  const seen = cameras.all.filter(({ connectionCount }) => connectionCount > 0);
  if (seen.length === 0) return [];
  const latency = ['latency p50', 'latency p99'];
  const head = ['camera', 'frames', 'data', ...latency, 'dropped', 'skipped', 'connections', 'broken'];
  const rows = seen.slice(0, maxCameras).map(describeCamera);
  const others = seen.length > maxCameras ? [`and ${seen.length - maxCameras} more`] : [];
  // The sink of lines is in the table only when it dropped some.
  const worked = sinks().filter(({ name, dropped }) => name !== 'lines' || dropped > 0);
  const hasDeleted = worked.some(({ disk }) => (disk?.deletedFiles ?? 0) > 0);
  const sinkHead = ['sink', 'frames', 'dropped', 'failed tries', ...(hasDeleted ? ['files deleted'] : [])];
  return [
    ...layOut([head, ...rows]),
    ...others,
    ...(worked.length > 0 ? layOut([sinkHead, ...worked.map((sink) => describeSink(sink, hasDeleted))]) : []),
  ];
}

function describeCamera({ key, counts, latency, connectionCount: connections, failures }: Camera): string[] {
  const broken = [...failures.values()].reduce((sum, times) => sum + times, 0);
  return [
    key,
    String(counts.frames),
    formatBytes(counts.bytes),
    describeQuantile(latency, 0.5),
    describeQuantile(latency, 0.99),
    // By the sender or the network: frames that sinks dropped are in their table.
    String(counts.dropped),
    String(counts.skipped),
    String(connections),
    String(broken),
  ];
}

function describeSink({ name, done, dropped, failures, disk }: SinkStats, hasDeleted: boolean): string[] {
  const deleted = hasDeleted ? [String(disk?.deletedFiles ?? '-')] : [];
  return [name, String(done), String(dropped), String(failures), ...deleted];
}

/** The bound of the bucket that the quantile falls into. */
function describeQuantile({ counts, count }: LatencyHistogram, quantile: number): string {
  if (count === 0) return '-';
  let sum = 0;
  for (const [i, frames] of counts.entries()) {
    sum += frames;
    if (sum < quantile * count) continue;
    const boundMs = bucketBoundsMs[i];
    return boundMs === undefined ? `> ${bucketBoundsMs.at(-1)} ms` : `<= ${boundMs} ms`;
  }
  return '-';
}
