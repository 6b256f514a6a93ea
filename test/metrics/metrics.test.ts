import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CameraRegistry } from '../../src/frames/camera-registry.ts';
import { renderMetrics } from '../../src/metrics/metrics.ts';
import { summarize } from '../../src/metrics/summary.ts';
import type { SinkStats } from '../../src/sinks/sink.ts';
import { WebStats } from '../../src/sinks/web/web-stats.ts';
import { makeReceived, makeSender } from '../support/frames.ts';
import { findValue, parseExposition } from './parse-exposition.ts';

const save: SinkStats = {
  name: 'save',
  done: 4,
  dropped: 1,
  failures: 2,
  waitingFrames: 3,
  waitingBytes: 300,
  queues: [{ camera: { key: 'pi-north' }, frames: 2, bytes: 200 }],
  disk: { usedBytes: 5000, freeBytes: 6000, deletedFiles: 7 },
};

function page(clients: WebStats): SinkStats {
  return { name: 'web', done: 0, dropped: 0, failures: 0, waitingFrames: 0, waitingBytes: 0, clients };
}

function open() {
  const cameras = new CameraRegistry();
  const sender = makeSender({ name: 'pi "north"\n', frames: 5, bytes: 50_000, dropped: 6, skipped: 1 });
  const camera = cameras.connected(sender);
  for (const us of [900, 3000, 9_000_000])
    cameras.countFrame(makeReceived({ connection: sender, latency: { us, errorUs: 1 } }));
  camera.countDropped('save');
  camera.damaged = 2;
  for (const bytes of [5000, 2 ** 40]) camera.countWritten('save', bytes);
  return { cameras, sender, stats: { cameras, sinks: () => [save] } };
}

describe('renderMetrics', () => {
  test('shows what is counted, by camera and by sink', () => {
    const { stats, cameras, sender } = open();
    cameras.disconnected(sender, 'TORN_FRAME');
    cameras.disconnected(makeSender(), 'BAD_TOKEN');
    const web = Object.assign(new WebStats(), { viewers: 3 });
    web.rejected.password = 2;
    const { type, text } = renderMetrics({ ...stats, sinks: () => [save, page(web)] });
    assert.match(type, /^text\/plain; version=0\.0\.4(;|$)/);
    const lines = text.split('\n');
    const expected = [
      'image_socket_frames_total{camera="pi-north"} 5',
      'image_socket_bytes_total{camera="pi-north"} 50000',
      'image_socket_duplicate_frames_total{camera="pi-north"} 0',
      'image_socket_dropped_frames_total{camera="pi-north",reason="sender"} 6',
      'image_socket_dropped_frames_total{camera="pi-north",reason="skipped"} 1',
      'image_socket_dropped_frames_total{camera="pi-north",reason="save"} 1',
      'image_socket_undecodable_frames_total{camera="pi-north"} 2',
      'image_socket_reconnects_total{camera="pi-north"} 0',
      'image_socket_broken_connections_total{camera="pi-north",reason="TORN_FRAME"} 1',
      'image_socket_rejected_connections_total{reason="BAD_TOKEN"} 1',
      'image_socket_camera_online{camera="pi-north"} 0',
      'image_socket_sink_frames_total{sink="save"} 4',
      'image_socket_sink_dropped_frames_total{sink="save"} 1',
      'image_socket_sink_failures_total{sink="save"} 2',
      'image_socket_sink_queue_frames{sink="save"} 3',
      'image_socket_sink_queue_bytes{sink="save"} 300',
      'image_socket_sink_camera_queue_frames{sink="save",camera="pi-north"} 2',
      'image_socket_sink_camera_queue_bytes{sink="save",camera="pi-north"} 200',
      'image_socket_sink_camera_written_bytes_total{sink="save",camera="pi-north"} 1099511632776',
      'image_socket_sink_disk_bytes{sink="save"} 5000',
      'image_socket_sink_disk_free_bytes{sink="save"} 6000',
      'image_socket_sink_deleted_files_total{sink="save"} 7',
      'image_socket_web_viewers 3',
      'image_socket_web_rejected_total{reason="password"} 2',
      'image_socket_web_rejected_total{reason="origin"} 0',
    ];
    for (const line of expected) assert.ok(lines.includes(line), line);
  });

  test('writes every metric so that a strict reader takes it, from the first moment on', () => {
    const nothing = { cameras: new CameraRegistry(), sinks: () => [] };
    const first = parseExposition(renderMetrics({ ...nothing, sinks: () => [page(new WebStats())] }).text);
    const later = parseExposition(renderMetrics({ ...open().stats, sinks: () => [save, page(new WebStats())] }).text);
    assert.deepEqual([...first.keys()], [...later.keys()]);
    for (const name of ['resident_memory_bytes', 'cpu_seconds_total', 'start_time_seconds']) {
      assert.ok((findValue(first, `process_${name}`) ?? 0) > 0, name);
    }
  });

  test('adds up the buckets of latency, in seconds', () => {
    const metrics = parseExposition(renderMetrics(open().stats).text);
    const labels = { camera: 'pi-north' };
    const find = (suffix: string, le?: string) =>
      findValue(metrics, `image_socket_latency_seconds_${suffix}`, { ...labels, ...(le === undefined ? {} : { le }) });
    const buckets = ['0.001', '0.002', '0.005', '5', '+Inf'].map((le) => find('bucket', le));
    assert.deepEqual(buckets, [1, 1, 2, 2, 3]);
    assert.deepEqual([find('count'), find('sum')?.toFixed(4)], [3, '9.0039']);
  });

  test('shows counts as they are when it is asked', () => {
    const { stats, sender } = open();
    renderMetrics(stats);
    sender.frames = 9;
    assert.match(renderMetrics(stats).text, /^image_socket_frames_total\{camera="pi-north"\} 9$/m);
  });
});

describe('summarize', () => {
  test('lays out cameras and sinks in columns', () => {
    assert.deepEqual(summarize(open().stats), [
      'camera    frames     data  latency p50  latency p99  dropped  skipped  connections  broken',
      'pi-north       5  50.0 kB      <= 5 ms    > 5000 ms        6        1            1       0',
      'sink  frames  dropped  failed tries  files deleted',
      'save       4        1             2              7',
    ]);
  });

  test('tells of no deleted files where none were deleted', () => {
    const { cameras } = open();
    const idle = { ...save, disk: { usedBytes: 5000, freeBytes: 1, deletedFiles: 0 } };
    assert.equal(summarize({ cameras, sinks: () => [idle] }).at(-2), 'sink  frames  dropped  failed tries');
  });

  test('says nothing when nothing came', () => {
    assert.deepEqual(summarize({ cameras: new CameraRegistry(), sinks: () => [save] }), []);
  });
});
