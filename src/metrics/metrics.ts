import process from 'node:process';
import { Counter, Gauge, type Metric, Registry } from 'prom-client';
import type { Camera } from '../frames/camera.ts';
import type { CameraRegistry } from '../frames/camera-registry.ts';
import { bucketBoundsMs } from '../frames/latency-histogram.ts';
import type { QueueStats, SinkStats } from '../sinks/sink.ts';
import type { WebStats } from '../sinks/web/web-stats.ts';

/** Where the figures come from. */
export interface Stats {
  readonly cameras: CameraRegistry;
  sinks(): readonly SinkStats[];
  /** Of the page; undefined where there is none. */
  web?(): WebStats | undefined;
}

type Labels = Readonly<Record<string, string>>;
/** Calls `add` for each value. */
type Collect = (add: (labels: Labels, value: number) => void) => void;

/** All figures for Prometheus, in its text format, as they are when asked. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #stats: Stats;

  constructor(stats: Stats) {
    this.#stats = stats;
    this.#addCameras();
    this.#addSinks();
    this.#addSinksByCamera();
    this.#addWeb();
    this.#addProcess();
  }

  /** The type that HTTP names. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  render(): Promise<string> {
    return this.#registry.metrics();
  }

  #addCameras(): void {
    this.#count('frames', 'Frames received whole, duplicates aside', ['camera'], this.#each('frames'));
    this.#count('bytes', 'Bytes of the JPEGs received', ['camera'], this.#each('bytes'));
    this.#count('duplicate_frames', 'Frames that came twice', ['camera'], this.#each('duplicates'));
    const dropped = 'Frames that were left out: by the sender, as torn, refused or no picture, or by a sink';
    this.#count('dropped_frames', dropped, ['camera', 'reason'], (add) => {
      for (const { key, counts, droppedBySink: leftOut } of this.#stats.cameras.all) {
        add({ camera: key, reason: 'sender' }, counts.dropped);
        add({ camera: key, reason: 'torn' }, counts.skipped);
        for (const [sink, frames] of leftOut) add({ camera: key, reason: sink }, frames);
      }
    });
    this.#count('undecodable_frames', 'Frames that could not be decoded (--decode, --show, mp4)', ['camera'], (add) => {
      for (const { key, damaged } of this.#stats.cameras.all) add({ camera: key }, damaged);
    });
    this.#count('reconnects', 'Connections that brought frames, after the first', ['camera'], (add) => {
      for (const { key, connectionCount: connections } of this.#stats.cameras.all)
        add({ camera: key }, Math.max(0, connections - 1));
    });
    this.#count('broken_connections', 'Connections that ended as they should not', ['camera', 'reason'], (add) => {
      for (const { key, failures } of this.#stats.cameras.all) {
        for (const [reason, times] of failures) add({ camera: key, reason }, times);
      }
    });
    this.#count(
      'refused_connections',
      'Connections that ended before a frame of theirs was taken',
      ['reason'],
      (add) => {
        for (const [reason, times] of this.#stats.cameras.refusals) add({ reason }, times);
      },
    );
    this.#gauge('camera_online', 'Whether the camera is connected', ['camera'], (add) => {
      for (const { key, isOnline } of this.#stats.cameras.all) add({ camera: key }, isOnline ? 1 : 0);
    });
    this.#registry.registerMetric(
      describeHistogram('image_socket_latency_seconds', () => this.#stats.cameras.all) as unknown as Metric,
    );
  }

  #addSinks(): void {
    const each = (pick: (stats: SinkStats) => number): Collect => {
      return (add) => {
        for (const stats of this.#stats.sinks()) add({ sink: stats.name }, pick(stats));
      };
    };
    const labels = ['sink'];
    this.#count(
      'sink_frames',
      'Frames that the sink dealt with',
      labels,
      each(({ done }) => done),
    );
    this.#count(
      'sink_dropped_frames',
      'Frames that the sink left out',
      labels,
      each(({ dropped }) => dropped),
    );
    this.#count(
      'sink_failures',
      'Tries that failed',
      labels,
      each(({ failures }) => failures),
    );
    this.#gauge(
      'sink_queue_frames',
      'Frames that wait',
      labels,
      each(({ waitingFrames }) => waitingFrames),
    );
    this.#gauge(
      'sink_queue_bytes',
      'Bytes of the frames that wait',
      labels,
      each(({ waitingBytes }) => waitingBytes),
    );
    this.#gauge('sink_disk_bytes', 'Bytes of the files that are kept', labels, (add) => {
      for (const { name, disk } of this.#stats.sinks()) if (disk !== undefined) add({ sink: name }, disk.usedBytes);
    });
    this.#gauge('sink_disk_free_bytes', 'Bytes that are free where they are kept', labels, (add) => {
      for (const { name, disk } of this.#stats.sinks()) if (disk !== undefined) add({ sink: name }, disk.freeBytes);
    });
    this.#count('sink_deleted_files', 'Files deleted as a limit wants', labels, (add) => {
      for (const { name, disk } of this.#stats.sinks()) if (disk !== undefined) add({ sink: name }, disk.deletedFiles);
    });
  }

  #addSinksByCamera(): void {
    const labels = ['sink', 'camera'];
    const each = (pick: (stats: QueueStats) => number): Collect => {
      return (add) => {
        for (const { name, queues = [] } of this.#stats.sinks())
          for (const queue of queues) add({ sink: name, camera: queue.camera.key }, pick(queue));
      };
    };
    this.#gauge(
      'sink_camera_queue_frames',
      'Frames of the camera that wait',
      labels,
      each(({ frames }) => frames),
    );
    this.#gauge(
      'sink_camera_queue_bytes',
      'Bytes of the frames of the camera that wait',
      labels,
      each(({ bytes }) => bytes),
    );
    this.#count('sink_camera_written_bytes', 'Bytes of the camera that were written to files', labels, (add) => {
      for (const { key, writtenBySink: written } of this.#stats.cameras.all) {
        for (const [sink, { bytes }] of written) add({ sink, camera: key }, bytes);
      }
    });
  }

  #addWeb(): void {
    const web = () => this.#stats.web?.();
    this.#gauge('web_viewers', 'Streams that are open', [], (add) => {
      const { viewers } = web() ?? {};
      if (viewers !== undefined) add({}, viewers);
    });
    this.#count('web_refused', 'Requests and connections that were refused', ['reason'], (add) => {
      for (const [reason, times] of Object.entries(web()?.refused ?? {})) add({ reason }, times);
    });
  }

  #addProcess(): void {
    this.#add('process_resident_memory_bytes', 'Memory in use', [], 'gauge', (add) =>
      add({}, process.memoryUsage.rss()),
    );
    this.#add('process_cpu_seconds_total', 'Processor time used', [], 'counter', (add) => {
      const { user, system } = process.cpuUsage();
      add({}, (user + system) / 1e6);
    });
    const startedAt = Date.now() / 1000 - process.uptime();
    this.#add('process_start_time_seconds', 'When it was started, since 1970', [], 'gauge', (add) =>
      add({}, startedAt),
    );
  }

  #each(kind: keyof Camera['counts']): Collect {
    return (add) => {
      for (const { key, counts } of this.#stats.cameras.all) add({ camera: key }, counts[kind]);
    };
  }

  #count(name: string, help: string, labelNames: string[], collect: Collect): void {
    this.#add(`image_socket_${name}_total`, help, labelNames, 'counter', collect);
  }

  #gauge(name: string, help: string, labelNames: string[], collect: Collect): void {
    this.#add(`image_socket_${name}`, help, labelNames, 'gauge', collect);
  }

  #add(name: string, help: string, labelNames: string[], type: 'counter' | 'gauge', collect: Collect): void {
    const options = { name, help, labelNames, registers: [this.#registry] };
    // The counting is done elsewhere, for other readers too; here the figures are looked up when somebody asks.
    if (type === 'counter') {
      const counter: Counter = new Counter({
        ...options,
        collect: () => {
          counter.reset();
          collect((labels, value) => counter.inc(labels, value));
        },
      });
      return;
    }
    const gauge: Gauge = new Gauge({
      ...options,
      collect: () => {
        gauge.reset();
        collect((labels, value) => gauge.set(labels, value));
      },
    });
  }
}

/** As the registry wants a metric: its own histograms count by themselves, this one shows what is counted already. */
function describeHistogram(name: string, cameras: () => readonly Camera[]) {
  const get = async () => ({
    name,
    help: 'From the capture to the reception, where the clocks are compared',
    type: 'histogram',
    aggregator: 'sum',
    values: cameras().flatMap(({ key, latency }) => {
      let cumulated = 0;
      const buckets = latency.counts.map((count, i) => {
        cumulated += count;
        const boundMs = bucketBoundsMs[i];
        const le = boundMs === undefined ? '+Inf' : String(boundMs / 1000);
        return { metricName: `${name}_bucket`, labels: { camera: key, le }, value: cumulated };
      });
      const labels = { camera: key };
      return [
        ...buckets,
        { metricName: `${name}_sum`, labels, value: latency.sumMs / 1000 },
        { metricName: `${name}_count`, labels, value: latency.count },
      ];
    }),
  });
  return { name, get };
}
