import process from 'node:process';
import type { CameraRegistry } from '../frames/camera-registry.ts';
import type { ResultHub } from '../frames/results/result-hub.ts';
import type { ClientStats, SinkStats } from '../sinks/sink.ts';
import { describeCameras } from './camera-metrics.ts';
import { describeDetector } from './detector-metrics.ts';
import { expositionType, formatMetrics, type Metric } from './exposition.ts';
import { describeSinks } from './sink-metrics.ts';

/** The sources of the figures: they count, and are read when somebody asks. */
export interface Stats {
  readonly cameras: CameraRegistry;
  /** Of a detector; undefined: there is none. */
  readonly results?: ResultHub | undefined;
  sinks(): readonly SinkStats[];
}

/**
 * All figures as they are now, in the text format of Prometheus, with the type that HTTP calls it.
 */
export function renderMetrics(stats: Stats): { readonly type: string; readonly text: string } {
  const sinks = stats.sinks();
  const metrics = [
    ...describeCameras(stats.cameras),
    ...describeSinks(sinks, stats.cameras.all),
    ...(stats.results === undefined ? [] : describeDetector(stats.cameras, stats.results)),
    ...describeWeb(sinks.find(({ clients }) => clients !== undefined)?.clients),
    ...describeProcess(),
  ];
  return { type: expositionType, text: formatMetrics(metrics) };
}

function describeWeb(web: ClientStats | undefined): Metric[] {
  if (web === undefined) return [];
  return [
    {
      name: 'image_socket_web_viewers',
      help: 'Streams that are open',
      type: 'gauge',
      samples: [{ labels: {}, value: web.viewers }],
    },
    {
      name: 'image_socket_web_rejected_total',
      help: 'Requests and connections that were rejected',
      type: 'counter',
      samples: Object.entries(web.rejected).map(([reason, value]) => ({ labels: { reason }, value })),
    },
  ];
}

/** Under the names that the client libraries of Prometheus use. */
function describeProcess(): Metric[] {
  const { user, system } = process.cpuUsage();
  const describe = (name: string, help: string, type: 'gauge' | 'counter', value: number): Metric => {
    return { name: `process_${name}`, help, type, samples: [{ labels: {}, value }] };
  };
  return [
    describe('resident_memory_bytes', 'Memory in use', 'gauge', process.memoryUsage.rss()),
    describe('cpu_seconds_total', 'Processor time used', 'counter', (user + system) / 1e6),
    describe('start_time_seconds', 'Start of the program, in seconds since 1970', 'gauge', startedAtSeconds),
  ];
}

const startedAtSeconds = Date.now() / 1000 - process.uptime();
