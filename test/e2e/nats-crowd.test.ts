import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from '../support/child.ts';
import { Crowd } from '../support/crowd.ts';
import { type FramedPicture, FramedReader } from '../support/framed-reader.ts';
import { NatsServer } from '../support/nats-server.ts';
import { soonMs, startReceiver } from '../support/programs.ts';
import { until } from '../support/until.ts';
import { mebibyte, readMemory, sampleMemory } from './faults-figures.ts';
import { listRecordings, readPackets } from './record-players.ts';
import { makeFolder } from './suite.ts';

const cameras = 24;
const everyMs = 200;
const bytes = 16_000;
const frozenSeconds = 20;
/** Frames of each camera in a second while the NATS server is frozen. */
const frozenRate = 20;

async function startPublishers(url: string, count: number, args: readonly string[] = []) {
  const started = await Promise.all(
    Array.from({ length: count }, () => startReceiver('packaged', ['--publish', url, '--quiet', ...args])),
  );
  for (const { receiver } of started) {
    const isPublishing = receiver.lines('stderr').some((line) => line.includes('publishing to'));
    if (!isPublishing) await receiver.waitForLine('stderr', /publishing to/, soonMs);
  }
  return {
    receivers: started.map(({ receiver }) => receiver),
    ports: started.map(({ port }) => port),
    [Symbol.asyncDispose]: async () => {
      for (const { receiver } of started) await receiver.stop();
    },
  };
}

/** The frames that several workers got. */
class WorkerFrames {
  readonly #newest = new Map<string, number>();
  readonly doubles: string[] = [];
  /** Came to its worker after another had a newer one: one of the two was slow to get what it had been handed before. */
  readonly late: string[] = [];
  frames = 0;

  add({ facts }: FramedPicture, worker: string): void {
    const key = `${facts.camera} ${facts.stream}`;
    const newest = this.#newest.get(key) ?? 0;
    if (facts.sequence === newest) this.doubles.push(`${worker}: ${key} ${facts.sequence}`);
    if (facts.sequence < newest) this.late.push(`${worker}: ${key} ${facts.sequence} after ${newest}`);
    this.#newest.set(key, Math.max(newest, facts.sequence));
    this.frames++;
  }

  /** Frames that were handed out, to whomever, after a newer one of their camera. */
  static findStale(pictures: readonly FramedPicture[]): string[] {
    const inOrder = pictures.map(({ facts }) => facts).sort((a, b) => (a.groupSequence ?? 0) - (b.groupSequence ?? 0));
    const newest = new Map<string, number>();
    return inOrder.flatMap(({ camera, stream, sequence }) => {
      const key = `${camera} ${stream}`;
      const before = newest.get(key) ?? 0;
      newest.set(key, Math.max(before, sequence));
      return sequence > before ? [] : [`${key} ${sequence} after ${before}`];
    });
  }

  /** The sequence of the last frame of each camera. */
  get newest(): ReadonlyMap<string, number> {
    return new Map(this.#newest);
  }

  /** Waits until each of so many cameras was seen, with so many frames more than `since`. */
  async advance(more: number, since: ReadonlyMap<string, number>): Promise<void> {
    await until(() => {
      const found = [...this.#newest].filter(([key, sequence]) => sequence >= (since.get(key) ?? 0) + more);
      return found.length >= cameras;
    }, `${more} frames of each camera`);
  }
}

function startWorkers(url: string, count: number, received: WorkerFrames): FramedReader[] {
  const args = ['--subscribe', url, '--batch', '8', '--wait', '50ms'];
  return Array.from({ length: count }, (_, i) => {
    return new FramedReader('packaged', args, (picture) => received.add(picture, `worker ${i}`));
  });
}

async function endAll(all: readonly AsyncDisposable[]): Promise<void> {
  for (const one of all) await one[Symbol.asyncDispose]();
}

describe('3 receivers, 24 senders and 4 workers around a NATS server', () => {
  test('no worker gets an older frame than any had, and one that is killed is made up for', async (t) => {
    await using server = await NatsServer.start();
    await using publishers = await startPublishers(server.url, 3);
    await using _crowd = new Crowd({ ports: publishers.ports, cameras, everyMs, bytes });
    const received = new WorkerFrames();
    const workers = startWorkers(server.url, 4, received);
    try {
      await received.advance(20, new Map());
      assert.ok(
        workers.every(({ pictures }) => pictures.length > 0),
        'all have something to do',
      );
      await workers[0]?.kill();
      await received.advance(20, received.newest);
      t.diagnostic(`${received.frames} frames: ${workers.map(({ pictures }) => pictures.length).join(', ')}`);
    } finally {
      await endAll(workers);
    }
    assert.deepEqual(received.doubles, []);
    assert.deepEqual(WorkerFrames.findStale(workers.flatMap(({ pictures }) => pictures)), []);
    t.diagnostic(`came late: ${received.late.join(', ') || 'none'}`);
    for (const worker of workers) {
      const sequences = worker.pictures.map(({ facts }) => facts.groupSequence ?? 0);
      assert.ok(
        sequences.every((sequence, i) => sequence > (sequences[i - 1] ?? 0)),
        'each in its order',
      );
    }
    for (const { pictures } of workers) {
      for (const { facts } of pictures) assert.ok(facts.batchLength !== undefined && facts.batchLength <= 8);
    }
  });

  test('the NATS server killed and started again is noticed by neither reception, recording nor page, and workers go on', async () => {
    await using server = await NatsServer.start();
    await using folder = await makeFolder();
    await using publishers = await startPublishers(server.url, 1, ['--record', folder.path, '--web', '0']);
    const [receiver] = publishers.receivers as [Child];
    const page =
      receiver
        .lines('stderr')
        .join('\n')
        .match(/the page is at (http:\S+)\//)?.[1] ?? '';
    // A busy machine is no reason to drop a frame.
    const crowd = new Crowd({ ports: publishers.ports, cameras, everyMs, bytes, maxInFlight: 20 });
    await using _crowd = crowd;
    const received = new WorkerFrames();
    const workers = startWorkers(server.url, 2, received);
    let dropped = 0;
    try {
      await received.advance(5, new Map());
      // While the connections are made, a newer frame may take the place of the first.
      dropped = crowd.dropped;
      await server.kill();
      const before = crowd.frames;
      await until(() => crowd.frames > before + 10 * cameras, 'frames to come meanwhile');
      const live = (await (await fetch(`${page}/api/cameras`)).json()) as unknown[] | { cameras: unknown[] };
      assert.equal(JSON.stringify(live).match(/"online":true/g)?.length, cameras);
      await server.restart();
      await received.advance(10, received.newest);
    } finally {
      await endAll(workers);
    }
    await crowd.stop();
    assert.equal(crowd.dropped, dropped);
    assert.equal((await receiver.stop()).code, 0);
    const recorded = await Promise.all((await listRecordings(folder.path)).map(readPackets));
    assert.equal(recorded.flatMap(({ hashes }) => hashes).length, crowd.frames);
    assert.deepEqual(received.doubles, []);
  });

  test('a receiver whose NATS server is frozen for 20 s grows by less than 20 MB, and the newest go out when it is back', async (t) => {
    await using server = await NatsServer.start();
    await using publishers = await startPublishers(server.url, 1);
    const [receiver] = publishers.receivers as [Child];
    await using _crowd = new Crowd({ ports: publishers.ports, cameras, everyMs: 1000 / frozenRate, bytes });
    const received = new WorkerFrames();
    await using _subscriber = new FramedReader('packaged', ['--subscribe', server.url], (picture) => {
      received.add(picture, 'subscriber');
    });
    await received.advance(100, new Map());
    const before = await sampleMemory(receiver.pid);
    await server.suspend();
    let max = 0;
    const frozen = received.newest;
    // Real seconds, as the NATS server is a real one: its 24 cameras give 150 MB in them, of which the receiver may keep a part.
    for (let second = 0; second < frozenSeconds; second++) {
      await sleep(1000);
      max = Math.max(max, await readMemory(receiver.pid));
    }
    server.resume();
    // Frames in flight may come late; then the newest comes at once, as if none had been missed.
    await received.advance(0.9 * frozenSeconds * frozenRate, frozen);
    const grownMiB = (max - before.max) / mebibyte;
    t.diagnostic(`grew by ${grownMiB.toFixed(1)} MiB`);
    assert.ok(grownMiB < 20, `grew by ${grownMiB} MiB`);
    assert.deepEqual(received.late, []);
  });
});
