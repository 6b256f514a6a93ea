import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Child } from '../../../test/support/child.ts';
import { Scratch } from '../../cli/scratch.ts';
import type { Bench } from '../context.ts';
import { readCpuSeconds } from '../loads/cpu.ts';
import { findLatencyBound, readCounts, sumCounts } from '../loads/metrics.ts';
import { small } from '../loads/pictures.ts';
import type { Row, Values } from '../row.ts';
import { findPage, startPackaged, startPackagedReceiver } from '../support.ts';

const senders = 16;
const viewers = 4;
const framesPerSecond = 30;
const warmUpMs = 10_000;

export const cameras: Row = {
  name: 'cameras',
  title: 'Sixteen cameras at 30 a second of 480x315, with everything on',
  about:
    'Sixteen packaged senders with *latest*, and a receiver with a page, four viewers of all cameras, recordings and saved pictures. The second run is the same with one of the viewers stopped.',
  seconds: 20,
  quantities: {
    dropped: { name: 'frames dropped anywhere', better: 'less', digits: 0 },
    received: { name: 'frames a second received', better: 'more', digits: 0 },
    lateMs: { name: 'bound of the latency p99, ms', better: 'less', digits: 0 },
    cpu: { name: 'receiver, % of a core', better: 'less', digits: 0 },
  },
  contenders: {
    ours: { name: 'all viewers read', role: 'ours', run: (bench) => measure(bench, { isStopped: false }) },
    stopped: { name: 'one viewer is stopped', role: 'ours', run: (bench) => measure(bench, { isStopped: true }) },
  },
  figures: [
    { key: 'dropped', title: 'dropped', quantity: 'dropped' },
    { key: 'late', title: 'late', quantity: 'lateMs' },
    { key: 'cpu', title: 'cost', quantity: 'cpu' },
    { key: 'stopped-dropped', title: 'dropped, a viewer stopped', quantity: 'dropped', of: 'stopped' },
    { key: 'stopped-late', title: 'late, a viewer stopped', quantity: 'lateMs', of: 'stopped' },
  ],
};

async function measure(bench: Bench, { isStopped }: { isStopped: boolean }): Promise<Values> {
  const pictures = await bench.pictures(small);
  using scratch = new Scratch();
  await using children = new AsyncDisposableStack();
  const keep = ['--record', join(scratch.path, 'videos'), '--save', join(scratch.path, 'pictures'), '--quiet'];
  const { receiver, port } = await startPackagedReceiver(['--web', '0', ...keep]);
  children.use(receiver);
  const page = findPage(receiver);
  const film = ['folder', pictures, '--deliver', 'latest', '--fps', `${framesPerSecond}`, '--port', port];
  for (let i = 0; i < senders; i++) children.use(startPackaged('image-sender', [...film, '--name', `cam-${i}`]));
  const watching = Array.from({ length: viewers }, () => {
    return children.use(new Child('curl', ['-sN', '-o', '/dev/null', `${page}/api/live`]));
  });
  await delay(warmUpMs);
  if (isStopped) watching[0]?.signal('SIGSTOP');
  return await watch(page, receiver, bench.seconds);
}

async function watch(page: string, receiver: Child, seconds: number): Promise<Values> {
  const [before, cpuBefore, startMs] = [await readCounts(page), await readCpuSeconds(receiver), performance.now()];
  await delay(seconds * 1000);
  const [after, cpuAfter] = [await readCounts(page), await readCpuSeconds(receiver)];
  const passedS = (performance.now() - startMs) / 1000;
  return {
    dropped: sumCounts(after, /^image_socket_dropped_frames_total/, before),
    received: sumCounts(after, /^image_socket_frames_total/, before) / passedS,
    lateMs: findLatencyBound(after, before, 0.99),
    cpu: ((cpuAfter - cpuBefore) / passedS) * 100,
  };
}
