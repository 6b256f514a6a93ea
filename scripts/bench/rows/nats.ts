import { setTimeout as delay } from 'node:timers/promises';
import type { Child } from '../../../test/support/child.ts';
import { Crowd } from '../../../test/support/crowd.ts';
import { NatsServer } from '../../../test/support/nats-server.ts';
import type { JsonFrame } from '../../../test/support/programs.ts';
import type { Bench } from '../context.ts';
import { readCpuSeconds, type Watched } from '../loads/cpu.ts';
import { percentile } from '../ratios.ts';
import type { Quantity, Row, Values } from '../row.ts';
import { startPackaged, startPackagedReceiver, timeoutMs } from '../support.ts';
import { framesPerSecond, p50, p99 } from './quantities.ts';

interface Cameras {
  readonly cameras: number;
  /** Of each camera. */
  readonly fps: number;
  /** Of each frame. */
  readonly bytes: number;
}

const warmUpMs = 3000;
const loads: Readonly<Record<string, Cameras>> = {
  'nats-1': { cameras: 1, fps: 30, bytes: 16_000 },
  'nats-24': { cameras: 24, fps: 30, bytes: 16_000 },
  'nats-8-large': { cameras: 8, fps: 30, bytes: 90_000 },
  'nats-4-fast': { cameras: 4, fps: 1e6, bytes: 16_000 },
  'nats-60': { cameras: 60, fps: 30, bytes: 16_000 },
};
const cpuOf = (program: string): Quantity => ({ name: `CPU of the ${program}, ms a frame`, better: 'less', digits: 3 });

export const natsRows: readonly Row[] = Object.entries(loads).map(([name, load]) => {
  const pace = load.fps < 1000 ? `${load.fps} a second` : 'as fast as they go';
  return {
    name,
    title: `NATS: ${load.cameras} ${load.cameras === 1 ? 'camera' : 'cameras'}, ${pace}, of ${load.bytes / 1000} kB`,
    about:
      'Straight: senders of wire 2 to a receiver. By NATS: senders, a receiver with --publish, nats-server, a receiver with --subscribe. The latency is that of the last receiver.',
    seconds: 8,
    quantities: {
      ...{ fps: framesPerSecond, p50, p99 },
      ...{ receiver: cpuOf('receiver'), nats: cpuOf('NATS server'), subscriber: cpuOf('subscriber') },
    },
    contenders: {
      ours: { name: 'straight', role: 'ours', run: (bench) => measureStraight(bench, load) },
      nats: { name: 'by NATS', role: 'ours', run: (bench) => measureNats(bench, load) },
    },
    figures: [
      { key: 'p50', title: 'p50 by NATS against straight', quantity: 'p50', of: 'nats', against: 'ours' },
      {
        key: 'receiver',
        title: 'receiver by NATS against straight',
        quantity: 'receiver',
        of: 'nats',
        against: 'ours',
      },
    ],
  };
});

async function measureStraight({ seconds }: Bench, load: Cameras): Promise<Values> {
  const { receiver, port } = await startPackagedReceiver(['--json']);
  await using _receiver = receiver;
  return await measure(load, { seconds, port: Number(port), last: receiver, programs: { receiver } });
}

async function measureNats({ seconds }: Bench, load: Cameras): Promise<Values> {
  await using server = await NatsServer.start();
  const { receiver, port } = await startPackagedReceiver(['--publish', server.url, '--quiet']);
  await using _receiver = receiver;
  await receiver.waitForLine('stderr', /publishing to/, timeoutMs);
  await using subscriber = startPackaged('image-receiver', ['--subscribe', server.url, '--json']);
  const programs = { receiver, nats: server, subscriber };
  return await measure(load, { seconds, port: Number(port), last: subscriber, programs });
}

interface Place {
  readonly seconds: number;
  readonly port: number;
  /** The receiver that prints a line of JSON for each frame. */
  readonly last: Child;
  readonly programs: Readonly<Record<string, Watched>>;
}

async function measure({ cameras, fps, bytes }: Cameras, { seconds, port, last, programs }: Place): Promise<Values> {
  await using _crowd = new Crowd({ ports: [port], cameras, everyMs: 1000 / fps, bytes });
  await delay(warmUpMs);
  const [before, startMs, cpuBefore] = [last.lines('stdout').length, performance.now(), await readAll(programs)];
  await delay(seconds * 1000);
  const frames = last
    .lines('stdout')
    .slice(before)
    .map((line) => JSON.parse(line) as JsonFrame);
  const passedS = (performance.now() - startMs) / 1000;
  const cpuAfter = await readAll(programs);
  const latencies = frames.map(({ latencyMs }) => latencyMs);
  const costs = Object.keys(programs).map((name) => {
    return [name, (((cpuAfter[name] ?? 0) - (cpuBefore[name] ?? 0)) * 1000) / frames.length];
  });
  return {
    fps: frames.length / passedS,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    ...Object.fromEntries(costs),
  };
}

async function readAll(programs: Place['programs']): Promise<Record<string, number>> {
  const entries = Object.entries(programs).map(async ([name, program]) => [name, await readCpuSeconds(program)]);
  return Object.fromEntries(await Promise.all(entries));
}
