import type { Camera } from '../frames/camera.ts';
import type { DiskStats, QueueStats, SinkStats } from '../sinks/sink.ts';
import type { Metric, Sample } from './exposition.ts';

type Type = 'counter' | 'gauge';

/** The figures of all sinks, and of each sink by camera. */
export function describeSinks(sinks: readonly SinkStats[], cameras: readonly Camera[]): Metric[] {
  const each = (name: string, help: string, type: Type, pick: (stats: SinkStats) => number): Metric => {
    const samples = sinks.map((stats) => ({ labels: { sink: stats.name }, value: pick(stats) }));
    return { name: `image_socket_sink_${name}`, help, type, samples };
  };
  return [
    each('frames_total', 'Frames that the sink has finished', 'counter', ({ done }) => done),
    each('dropped_frames_total', 'Frames that the sink dropped', 'counter', ({ dropped }) => dropped),
    each('failures_total', 'Tries that failed', 'counter', ({ failures }) => failures),
    each('queue_frames', 'Frames in its queues', 'gauge', ({ waitingFrames }) => waitingFrames),
    each('queue_bytes', 'Bytes of the frames in its queues', 'gauge', ({ waitingBytes }) => waitingBytes),
    ...describeDisks(sinks),
    ...describeQueues(sinks),
    {
      name: 'image_socket_sink_camera_written_bytes_total',
      help: 'Bytes of the camera that were written to files',
      type: 'counter',
      samples: cameras.flatMap(describeWritten),
    },
  ];
}

function describeDisks(sinks: readonly SinkStats[]): Metric[] {
  const each = (name: string, help: string, type: Type, pick: (disk: DiskStats) => number): Metric => {
    const samples = sinks.flatMap(({ name: sink, disk }) => {
      return disk === undefined ? [] : [{ labels: { sink }, value: pick(disk) }];
    });
    return { name: `image_socket_sink_${name}`, help, type, samples };
  };
  return [
    each('disk_bytes', 'Bytes of its files', 'gauge', ({ usedBytes }) => usedBytes),
    each('disk_free_bytes', 'Free bytes in the file system of its files', 'gauge', ({ freeBytes }) => freeBytes),
    each('deleted_files_total', 'Files deleted to keep a limit', 'counter', ({ deletedFiles }) => deletedFiles),
  ];
}

function describeQueues(sinks: readonly SinkStats[]): Metric[] {
  const each = (name: string, help: string, pick: (queue: QueueStats) => number): Metric => {
    const samples = sinks.flatMap(({ name: sink, queues = [] }) =>
      Array.from(queues, (queue) => ({ labels: { sink, camera: queue.camera.key }, value: pick(queue) })),
    );
    return { name: `image_socket_sink_camera_${name}`, help, type: 'gauge', samples };
  };
  return [
    each('queue_frames', 'Frames of the camera in the queue of the sink', ({ frames }) => frames),
    each('queue_bytes', 'Bytes of the frames of the camera in the queue of the sink', ({ bytes }) => bytes),
  ];
}

function describeWritten({ key: camera, writtenBySink }: Camera): Sample[] {
  return [...writtenBySink].map(([sink, { bytes }]) => ({ labels: { sink, camera }, value: bytes }));
}
