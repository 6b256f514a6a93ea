import type { Camera } from '../frames/camera.ts';
import { bucketBoundsMs, type LatencyHistogram } from '../frames/latency-histogram.ts';
import type { SinkStats } from '../sinks/sink.ts';
import { formatBytes } from '../system/byte-units.ts';
import type { Stats } from './metrics.ts';

/** Cameras that a person reads of; the others are counted. */
const maxCameras = 50;

/** What came and what was done with it, as lines of two tables; none when nothing came. */
export function summarize({ cameras, sinks }: Stats): string[] {
  const seen = cameras.all.filter(({ connectionCount: connections }) => connections > 0);
  if (seen.length === 0) return [];
  const head = [
    'camera',
    'frames',
    'data',
    'late (half)',
    'late (99 %)',
    'never came',
    'torn or refused',
    'connections',
    'broken',
  ];
  const rows = seen.slice(0, maxCameras).map(describeCamera);
  const others = seen.length > maxCameras ? [`and ${seen.length - maxCameras} more`] : [];
  // Lines need no line about them when all is well.
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
    // What sinks leave out is in their table.
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

/** The bound of the bucket that it falls into. */
function describeQuantile({ counts, count }: LatencyHistogram, share: number): string {
  if (count === 0) return '-';
  let cumulated = 0;
  for (const [i, frames] of counts.entries()) {
    cumulated += frames;
    if (cumulated < share * count) continue;
    const boundMs = bucketBoundsMs[i];
    return boundMs === undefined ? `> ${bucketBoundsMs.at(-1)} ms` : `<= ${boundMs} ms`;
  }
  return '-';
}

/** The first column to the left, the others to the right. */
function layOut(rows: readonly string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    return cells.join('  ');
  });
}
