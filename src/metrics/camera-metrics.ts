import type { Camera } from '../frames/camera.ts';
import type { CameraRegistry } from '../frames/camera-registry.ts';
import { bucketBoundsMs } from '../frames/latency-histogram.ts';
import { describeHistogram, type Metric, type Sample } from './exposition.ts';

/** The figures of all cameras; what sinks dropped of each is among them. */
export function describeCameras({ all: cameras, expected, rejections }: CameraRegistry): Metric[] {
  const each = (name: string, help: string, pick: (camera: Camera) => number): Metric => {
    const samples = cameras.map((camera) => ({ labels: { camera: camera.key }, value: pick(camera) }));
    return { name: `image_socket_${name}`, help, type: 'counter', samples };
  };
  return [
    each('frames_total', 'Frames received whole, without duplicates', ({ counts }) => counts.frames),
    each('bytes_total', 'Bytes of the JPEGs received', ({ counts }) => counts.bytes),
    each('duplicate_frames_total', 'Frames that came twice', ({ counts }) => counts.duplicates),
    {
      name: 'image_socket_dropped_frames_total',
      help: 'Frames dropped: by the sender, as damaged or over a limit (skipped), or by a sink',
      type: 'counter',
      samples: cameras.flatMap(describeDropped),
    },
    each('undecodable_frames_total', 'Frames that could not be decoded (--decode, --show, mp4)', (camera) => {
      return camera.damaged;
    }),
    each('reconnects_total', 'Connections with frames, after the first', ({ connectionCount }) => {
      return Math.max(0, connectionCount - 1);
    }),
    {
      name: 'image_socket_broken_connections_total',
      help: 'Connections that ended with an error',
      type: 'counter',
      samples: cameras.flatMap(({ key, failures }) => countReasons(failures, { camera: key })),
    },
    {
      name: 'image_socket_rejected_connections_total',
      help: 'Connections that were rejected before their first frame',
      type: 'counter',
      samples: countReasons(rejections, {}),
    },
    {
      ...each('camera_online', 'Whether the camera is connected', ({ isOnline }) => (isOnline ? 1 : 0)),
      type: 'gauge',
    },
    {
      ...each('camera_expected', 'Whether the camera is one of --expect', (camera) => (expected.has(camera) ? 1 : 0)),
      type: 'gauge',
    },
    {
      name: 'image_socket_latency_seconds',
      help: 'From capture to reception, where the clocks are compared',
      type: 'histogram',
      samples: cameras.flatMap(describeLatency),
    },
  ];
}

function describeDropped({ key: camera, counts, droppedBySink }: Camera): Sample[] {
  const sinks = [...droppedBySink].map(([sink, value]) => ({ labels: { camera, reason: sink }, value }));
  return [
    { labels: { camera, reason: 'sender' }, value: counts.dropped },
    { labels: { camera, reason: 'skipped' }, value: counts.skipped },
    ...sinks,
  ];
}

function countReasons(counts: ReadonlyMap<string, number>, labels: Sample['labels']): Sample[] {
  return [...counts].map(([reason, value]) => ({ labels: { ...labels, reason }, value }));
}

function describeLatency({ key, latency }: Camera): Sample[] {
  const bounds = bucketBoundsMs.map((ms) => ms / 1000);
  return describeHistogram({ labels: { camera: key }, bounds, counts: latency.counts, sum: latency.sumMs / 1000 });
}
