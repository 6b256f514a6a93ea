import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '@nats-io/transport-node';
import { FramePublisher } from '../../src/nats/frame-publisher.ts';
import { StreamProvisioner } from '../../src/nats/stream-provisioner.ts';
import { readMemory } from '../../test/e2e/faults-figures.ts';
import type { Child } from '../../test/support/child.ts';
import { Crowd } from '../../test/support/crowd.ts';
import { tinyJpeg } from '../../test/support/jpeg.ts';
import { NatsServer } from '../../test/support/nats-server.ts';
import type { JsonFrame } from '../../test/support/programs.ts';
import { readCpuSeconds } from './forward-cpu.ts';
import { median, percentile, say, startPackaged, startPackagedReceiver, timeoutMs } from './support.ts';

const rounds = 5;
const warmUpMs = 3000;
const manyCameras = 10_000;
const picturesOfEach = 3;
const publishedAtOnce = 50;
/** Of a picture that says no more than it must. */
const unknownFacts = {
  ...{ stream: undefined, name: undefined, address: undefined },
  ...{ capturedAtUs: undefined, receivedAtUs: undefined, age: undefined },
};
const measuredMs = 8000;
/** The loads: cameras, frames per second of each camera, bytes of each frame. */
const loads = [
  { cameras: 1, fps: 30, bytes: 16_000 },
  { cameras: 24, fps: 30, bytes: 16_000 },
  { cameras: 8, fps: 30, bytes: 90_000 },
  { cameras: 4, fps: 1e6, bytes: 16_000 },
  { cameras: 60, fps: 30, bytes: 16_000 },
] as const;

type Load = (typeof loads)[number];

interface Stats {
  readonly fps: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of a core, per frame that came, by program: microseconds. */
  readonly cpuUs: Readonly<Record<string, number>>;
}

/** Frames from senders to receivers, directly and through a NATS server, by turns. */
export async function compareNats(): Promise<void> {
  say('NATS: senders of wire 2 -> receiver, beside -> receiver --publish -> nats-server -> receiver --subscribe');
  for (const load of loads) {
    const fps = load.fps < 1000 ? `at ${load.fps} fps` : 'as fast as they go';
    say(`${load.cameras} cameras ${fps} of ${load.bytes} bytes, ${rounds} rounds by turns`);
    const found: Record<'straight' | 'by NATS', Stats[]> = { straight: [], 'by NATS': [] };
    for (let round = 0; round < rounds; round++) {
      found.straight.push(await measureStraight(load));
      found['by NATS'].push(await measureNats(load));
    }
    for (const [way, stats] of Object.entries(found)) tell(way, stats);
  }
  await measureMemory();
}

/** Measures the memory of a server and the pace of a publisher while the server keeps the newest picture of each of many cameras. */
async function measureMemory(): Promise<void> {
  await using server = await NatsServer.start();
  const connection = await connect({ servers: server.url });
  const log = { info: () => undefined, warn: say };
  await new StreamProvisioner('newest', log).ensure(connection);
  const publisher = new FramePublisher(connection);
  const facts = { ...{ sequence: 1, width: 480, height: 315, publisher: 'bench' }, ...unknownFacts };
  const jpeg = tinyJpeg(480, 315, 16_000);
  const [beforeBytes, startMs] = [await readMemory(server.pid), performance.now()];
  for (let sent = 0; sent < manyCameras * picturesOfEach; sent += publishedAtOnce) {
    const names = Array.from({ length: publishedAtOnce }, (_, i) => `cam-${(sent + i) % manyCameras}`);
    await Promise.all(names.map((name) => publisher.publish(name, facts, jpeg)));
  }
  const seconds = (performance.now() - startMs) / 1000;
  const grownMB = ((await readMemory(server.pid)) - beforeBytes) / 1e6;
  await connection.close();
  const rate = ((manyCameras * picturesOfEach) / seconds).toFixed(0);
  say(
    `  ${manyCameras} cameras, ${picturesOfEach} pictures of 16 kB each: nats-server grew by ${grownMB.toFixed(0)} MB; ${rate} a second from one publisher`,
  );
}

function tell(way: string, stats: readonly Stats[]): void {
  const pick = (read: (one: Stats) => number) => median(stats.map(read));
  const programs = Object.keys(stats[0]?.cpuUs ?? {});
  const cpu = programs.map((name) => `${name} ${pick(({ cpuUs }) => cpuUs[name] ?? Number.NaN).toFixed(0)}`).join(', ');
  const late = `late p50 ${pick(({ p50Ms }) => p50Ms).toFixed(2)} ms, p99 ${pick(({ p99Ms }) => p99Ms).toFixed(2)} ms`;
  say(`  ${way}: ${pick(({ fps }) => fps).toFixed(0)} fps, ${late}; CPU a frame in us: ${cpu}`);
}

async function measureStraight(load: Load): Promise<Stats> {
  const { receiver, port } = await startPackagedReceiver(['--json']);
  return await measure(load, Number(port), receiver, [receiver], { receiver });
}

async function measureNats(load: Load): Promise<Stats> {
  await using server = await NatsServer.start();
  const { receiver, port } = await startPackagedReceiver(['--publish', server.url, '--quiet']);
  await receiver.waitForLine('stderr', /publishing to/, timeoutMs);
  const subscriber = startPackaged('image-receiver', ['--subscribe', server.url, '--json']);
  return await measure(load, Number(port), subscriber, [subscriber, receiver], {
    receiver,
    nats: server,
    subscriber,
  });
}

type Programs = Readonly<Record<string, { readonly pid: number }>>;

/** @param last the receiver that prints a line of JSON for each frame @param children the programs that are stopped at the end */
async function measure(
  { cameras, fps, bytes }: Load,
  port: number,
  last: Child,
  children: readonly Child[],
  programs: Programs,
): Promise<Stats> {
  try {
    await using _crowd = new Crowd({ ports: [port], cameras, everyMs: 1000 / fps, bytes });
    await delay(warmUpMs);
    const [before, startMs] = [last.lines('stdout').length, performance.now()];
    const cpuBefore = await readAll(programs);
    await delay(measuredMs);
    const frames = last
      .lines('stdout')
      .slice(before)
      .map((line) => JSON.parse(line) as JsonFrame);
    const seconds = (performance.now() - startMs) / 1000;
    const cpuAfter = await readAll(programs);
    const late = frames.map(({ latencyMs }) => latencyMs);
    const cpuUs = Object.keys(programs).map((name) => {
      return [name, (((cpuAfter[name] ?? 0) - (cpuBefore[name] ?? 0)) * 1e6) / frames.length];
    });
    return {
      fps: frames.length / seconds,
      p50Ms: percentile(late, 0.5),
      p99Ms: percentile(late, 0.99),
      cpuUs: Object.fromEntries(cpuUs),
    };
  } finally {
    for (const child of children) await child.stop();
  }
}

async function readAll(programs: Programs): Promise<Record<string, number>> {
  const entries = Object.entries(programs).map(async ([name, program]) => [name, await readCpuSeconds(program)]);
  return Object.fromEntries(await Promise.all(entries));
}
