import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Child } from '../../test/support/child.ts';
import { readCpuSeconds } from './forward-cpu.ts';
import { withPictures } from './pictures.ts';
import { say, startPackaged, startPackagedReceiver } from './support.ts';

const senders = 16;
const viewers = 4;
const framesPerSecond = 30;
const warmUpS = 10;
const measuredS = 30;

/** Figures of /metrics that count on, by name with labels. */
type Counts = ReadonlyMap<string, number>;

/** Many cameras at once with a page, four viewers, recordings and saved pictures; then the same with a viewer that hangs. */
export async function watchCameras(): Promise<void> {
  say(
    `cameras: ${senders} packaged senders at ${framesPerSecond} fps of 480x315, latest; --web with ${viewers} viewers, --record, --save`,
  );
  await withPictures({ quality: 90, size: '480x315' }, async (pictures) => {
    const folder = await mkdtemp(join(tmpdir(), 'image-socket-bench-'));
    const children: Child[] = [];
    try {
      const keep = ['--record', join(folder, 'videos'), '--save', join(folder, 'pictures'), '--quiet'];
      const { receiver, port } = await startPackagedReceiver(['--web', '0', ...keep]);
      children.push(receiver);
      const page =
        receiver
          .lines('stderr')
          .join('\n')
          .match(/the page is at (http:\S+)\//)?.[1] ?? '';
      const film = ['folder', pictures, '--deliver', 'latest', '--fps', `${framesPerSecond}`, '--port', port];
      for (let i = 0; i < senders; i++) children.push(startPackaged('image-sender', [...film, '--name', `cam-${i}`]));
      const watching = Array.from(
        { length: viewers },
        () => new Child('curl', ['-sN', '-o', '/dev/null', `${page}/api/live`]),
      );
      children.push(...watching);
      await delay(warmUpS * 1000);
      await measure('all well', page, receiver);
      watching[0]?.signal('SIGSTOP');
      await measure('a viewer stopped', page, receiver);
      watching[0]?.signal('SIGCONT');
    } finally {
      for (const child of children.reverse()) await child.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });
}

async function measure(what: string, page: string, receiver: Child): Promise<void> {
  const [before, cpuBefore, startMs] = [await readCounts(page), await readCpuSeconds(receiver), performance.now()];
  await delay(measuredS * 1000);
  const [after, cpuAfter] = [await readCounts(page), await readCpuSeconds(receiver)];
  const seconds = (performance.now() - startMs) / 1000;
  const grown = (pattern: RegExp) => {
    let sum = 0;
    for (const [name, count] of after) if (pattern.test(name)) sum += count - (before.get(name) ?? 0);
    return sum;
  };
  const frames = grown(/^image_socket_frames_total/);
  const dropped = grown(/^image_socket_dropped_frames_total/);
  const shown = grown(/^image_socket_sink_frames_total\{sink="web"/);
  const lateMs = findQuantile(after, before, 0.99);
  say(
    `  ${what}, ${seconds.toFixed(0)} s: ${(frames / seconds).toFixed(0)} fps received, ${dropped} dropped anywhere, ` +
      `late p99 <= ${lateMs} ms, ${(shown / seconds).toFixed(0)} fps shown, receiver ${(((cpuAfter - cpuBefore) / seconds) * 100).toFixed(0)} % of a core`,
  );
}

async function readCounts(page: string): Promise<Counts> {
  const text = await (await fetch(`${page}/metrics`)).text();
  return new Map(
    [...text.matchAll(/^([^#\s]\S*(?:\{.*\})?) (\S+)$/gm)].map(([, name = '', value]) => [name, Number(value)]),
  );
}

/** The bound of the bucket of latency that the quantile of all cameras falls into, in milliseconds. */
function findQuantile(after: Counts, before: Counts, share: number): number {
  const buckets = new Map<number, number>();
  for (const [name, count] of after) {
    const bound = /^image_socket_latency_seconds_bucket\{.*le="([^"]+)"\}/.exec(name)?.[1];
    if (bound === undefined) continue;
    const boundMs = bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound) * 1000;
    buckets.set(boundMs, (buckets.get(boundMs) ?? 0) + count - (before.get(name) ?? 0));
  }
  const all = buckets.get(Number.POSITIVE_INFINITY) ?? 0;
  return [...buckets].sort(([a], [b]) => a - b).find(([, count]) => count >= share * all)?.[0] ?? Number.NaN;
}
