import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { StreamingResponse } from '../../../src/sinks/web/http/streaming-response.ts';
import { Cursor, LatestFrames } from '../../../src/sinks/web/live/latest-frames.ts';
import { tinyJpeg } from '../../support/jpeg.ts';
import { until } from '../../support/until.ts';
import { dial, open } from './ask.ts';
import { makeCameras, TrialCamera } from './trial-cameras.ts';
import { readFramed, TrialPage } from './trial-page.ts';

const large = tinyJpeg(480, 315, 100_000);
const breathe = () => new Promise((resolve) => setImmediate(resolve));

describe('a slow viewer', { concurrency: 4 }, () => {
  test('gets the newest frame when its socket has room, and the others get theirs meanwhile', async () => {
    await using page = await TrialPage.open();
    const camera = page.connect('garden');
    const slow = await open(page.port, '/api/live');
    slow.pause();
    const good = await open(page.port, '/api/live');
    const newest: number[] = [];
    const reading = (async () => {
      for await (const { record } of readFramed(good)) {
        if (record.sequence !== undefined) newest.push(record.sequence);
        if (record.sequence === 1000) break;
      }
    })();
    for (let i = 1; i <= 1000; i++) {
      camera.send(large);
      await breathe();
      // The test waits for a good viewer, which so shows that the slow one delays nobody.
      if (i % 100 === 0) await until(() => newest.at(-1) === i);
    }
    await reading;
    // 100 MB were sent; what the slow one was given is what the kernel holds for it, and one frame.
    const sequences: number[] = [];
    for await (const { record } of readFramed(slow)) {
      if (record.sequence !== undefined) sequences.push(record.sequence);
      if (record.sequence === 1000) break;
    }
    assert.ok(sequences.length < 500, `${sequences.length} frames came`);
    assert.equal(sequences.at(-1), 1000);
    assert.deepEqual(
      sequences,
      sequences.toSorted((a, b) => a - b),
    );
  });

  test('keeps no frame in memory but the one that it is being sent', async () => {
    const sent = { parts: 0 };
    const server = createServer((_, outgoing) => {
      const response = new StreamingResponse(outgoing);
      void (async () => {
        while (await response.send(large)) sent.parts++;
      })();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = await dial((server.address() as AddressInfo).port);
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    let before = -1;
    await until(async () => {
      const isStill = before === sent.parts && before > 0;
      before = sent.parts;
      // The kernel's buffers are full when nothing more goes into them for a while; nothing tells.
      await new Promise((resolve) => setTimeout(resolve, 200));
      return isStill;
    });
    // Else the loop would have gone on until the memory was full.
    assert.ok(sent.parts < 500, `${sent.parts} frames were taken`);
    socket.destroy();
    server.close();
  });

  test('is let go when it takes nothing for too long', async () => {
    const ends: boolean[] = [];
    const server = createServer(async (_, outgoing) => {
      const response = new StreamingResponse(outgoing, 300);
      while (await response.send(large));
      ends.push(response.signal.aborted);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = await dial((server.address() as AddressInfo).port);
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await until(() => ends.length === 1);
    assert.deepEqual(ends, [true]);
    socket.destroy();
    server.close();
  });
});

describe('Cursor', { concurrency: 4 }, () => {
  const start = () => {
    const cameras = makeCameras();
    const newest = new LatestFrames(cameras);
    const sink = { write: (frame: Parameters<LatestFrames['update']>[0]) => Boolean(newest.update(frame)) || true };
    const connect = (name: string) => new TrialCamera(cameras, sink, name);
    return { newest, connect, cursor: new Cursor(newest, { key: undefined }) };
  };
  const describeSlot = (cursor: Cursor) => {
    const slot = cursor.next();
    return slot === undefined ? undefined : `${slot.camera.key} ${slot.frame.sequence}`;
  };

  test('gives each camera its turn, however fast another one is', () => {
    const { connect, cursor } = start();
    const [fast, slow] = [connect('fast'), connect('slow')];
    slow.send(large);
    const seen: (string | undefined)[] = [];
    for (let i = 0; i < 4; i++) {
      fast.send(large);
      if (i === 2) slow.send(large);
      seen.push(describeSlot(cursor));
    }
    assert.deepEqual(seen, ['slow 1', 'fast 2', 'slow 2', 'fast 4']);
  });

  test('gives no frame twice, and of several the newest alone', () => {
    const { connect, cursor } = start();
    const camera = connect('a');
    assert.equal(describeSlot(cursor), undefined);
    for (let i = 0; i < 3; i++) camera.send(large);
    assert.deepEqual([describeSlot(cursor), describeSlot(cursor)], ['a 3', undefined]);
  });

  test('knows one camera only when that is all that is looked at', () => {
    const { newest, connect } = start();
    connect('a').send(large);
    connect('b').send(large);
    const cursor = new Cursor(newest, { key: 'b' });
    assert.deepEqual([describeSlot(cursor), describeSlot(cursor)], ['b 1', undefined]);
  });
});

test('LatestFrames lets go of the oldest pictures of cameras that are offline when they are too large together', () => {
  const cameras = makeCameras();
  const newest = new LatestFrames(cameras);
  const sink = { write: (frame: Parameters<LatestFrames['update']>[0]) => newest.update(frame) === undefined };
  const huge = new Uint8Array(20 * 2 ** 20);
  const list = ['a', 'b', 'c', 'd', 'e'].map((name, i) => {
    const camera = new TrialCamera(cameras, sink, name);
    camera.send(huge);
    if (name !== 'e') camera.leave();
    camera.camera.changedAtUs = i;
    return camera;
  });
  newest.prune();
  const kept = list.filter(({ camera }) => newest.find(camera) !== undefined).map(({ key }) => key);
  assert.deepEqual(kept, ['b', 'c', 'd', 'e']);
});
