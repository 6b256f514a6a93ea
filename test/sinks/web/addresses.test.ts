import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, test } from 'node:test';
import { renderMetrics } from '../../../src/metrics/metrics.ts';
import type { MetricsSource } from '../../../src/sinks/web/routes.ts';
import { tinyJpeg } from '../../support/jpeg.ts';
import { until } from '../../support/until.ts';
import { open } from './ask.ts';
import { readFramed, TrialPage } from './trial-page.ts';

const picture = (bytes = 100) => tinyJpeg(480, 315, bytes);

describe('WebSink', { concurrency: 4 }, () => {
  test('gives the newest picture of a camera as a snapshot, and its last one while it is offline', async () => {
    await using page = await TrialPage.open();
    const camera = page.connect('garden');
    assert.equal((await page.ask('/snapshot/garden.jpg')).status, 503);
    camera.send(picture(10));
    const { receivedAtUs } = camera.send(picture(20));
    const online = await page.ask('/snapshot/garden.jpg');
    assert.equal(online.headers['content-type'], 'image/jpeg');
    assert.equal(online.headers['x-camera-online'], 'true');
    assert.equal(online.headers['last-modified'], new Date(receivedAtUs / 1000).toUTCString());
    assert.deepEqual(new Uint8Array(online.body), picture(20));
    camera.leave();
    const offline = await page.ask('/snapshot/garden.jpg');
    assert.equal(offline.headers['x-camera-online'], 'false');
    assert.deepEqual(new Uint8Array(offline.body), picture(20));
    assert.equal((await page.ask('/snapshot/attic.jpg')).status, 404);
  });

  test('shows no camera whose name is only like the one that is asked for', async () => {
    await using page = await TrialPage.open();
    page.connect('a-b').send(picture(9));
    assert.equal((await page.ask('/snapshot/a%20b.jpg')).status, 404);
    page.connect('a b').send(picture(10));
    assert.deepEqual(new Uint8Array((await page.ask('/snapshot/a%20b.jpg')).body), picture(10));
    assert.deepEqual(new Uint8Array((await page.ask('/snapshot/a-b.jpg')).body), picture(9));
  });

  test('tells all that is known of each camera as JSON', async () => {
    await using page = await TrialPage.open();
    const camera = page.connect('Küche 2');
    camera.send(picture(), { latencyMs: 12 });
    camera.sender.dropped = 3;
    page.connect('attic').send(picture(), { latencyMs: null });
    const { text } = await page.ask('/api/cameras');
    const [kitchen, attic] = JSON.parse(text).cameras;
    assert.deepEqual([kitchen.key, kitchen.name, kitchen.online], ['Kuche-2', 'Küche 2', true]);
    assert.deepEqual([kitchen.frames, kitchen.bytes, kitchen.dropped], [1, picture().length, 3]);
    assert.deepEqual(kitchen.latencyMs, { p50: 12, p95: 12, p99: 12 });
    assert.deepEqual([kitchen.width, kitchen.height, kitchen.reconnects], [480, 315, 0]);
    assert.deepEqual(kitchen.urls, { stream: '/stream/Kuche-2', snapshot: '/snapshot/Kuche-2.jpg' });
    assert.deepEqual([attic.latencyMs, attic.clocksCompared], [null, false]);
  });

  test('streams one camera as multipart whose parts say how long they are', async () => {
    await using page = await TrialPage.open();
    const camera = page.connect('garden');
    camera.send(picture(10));
    const incoming = await open(page.port, '/stream/garden');
    assert.equal(incoming.headers['content-type'], 'multipart/x-mixed-replace;boundary=boundarydonotcross');
    assert.equal(incoming.headers['transfer-encoding'], undefined);
    let text = '';
    incoming.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
    });
    await until(() => text.split('--boundarydonotcross\r\n').length === 3);
    camera.send(picture(20));
    page.connect('attic').send(picture(30));
    await until(() => text.split('--boundarydonotcross\r\n').length === 4);
    incoming.destroy();
    const parts = text.split('--boundarydonotcross\r\n').slice(1, 3);
    parts.forEach((part, i) => {
      const [head = '', body] = part.split('\r\n\r\n');
      const jpeg = picture((i + 1) * 10);
      assert.match(head, /^Content-Type: image\/jpeg\r\nContent-Length: \d+\r\nX-Timestamp: \d+\.\d{6}$/);
      assert.match(head, new RegExp(`Content-Length: ${jpeg.length}\r\n`));
      assert.equal(body, `${Buffer.from(jpeg).toString('latin1')}\r\n`);
    });
    await until(() => page.sink.webStats.viewers === 0);
  });

  test('streams all cameras to a page, with their history first', async () => {
    await using page = await TrialPage.open();
    const cameras = ['a', 'b', 'c'].map((name) => page.connect(name));
    for (const camera of cameras) camera.send(picture());
    const incoming = await open(page.port, '/api/live');
    const records: string[] = [];
    for await (const { record, jpeg } of readFramed(incoming)) {
      if (record.type === 'cameras') {
        // One for each second that has begun.
        assert.ok((record.cameras?.[0]?.history.length ?? 0) >= 1);
        records.push('cameras');
        if (records.length > 4) break;
      } else {
        assert.deepEqual(jpeg, picture());
        records.push(`${record.camera} ${record.sequence}`);
      }
      // In the middle of all: it has its turn when the others had theirs.
      if (records.length === 2) cameras[0]?.send(picture());
    }
    assert.deepEqual(records, ['cameras', 'a 1', 'b 1', 'c 1', 'a 2', 'cameras']);
  });

  test('streams one camera to a page that asks for it', async () => {
    await using page = await TrialPage.open();
    page.connect('a').send(picture());
    page.connect('b').send(picture());
    const incoming = await open(page.port, '/api/live?camera=b');
    const seen: (string | undefined)[] = [];
    for await (const { record } of readFramed(incoming)) {
      seen.push(record.camera ?? record.type);
      if (seen.length === 3) break;
    }
    assert.deepEqual(seen, ['cameras', 'b', 'cameras']);
  });

  test('shows viewers neither the id of a stream, by which frames could be passed off as its own, nor where its sender is', async () => {
    const metrics = (): ReturnType<MetricsSource> => renderMetrics({ cameras: page.cameras, sinks: () => [] });
    await using page = await TrialPage.open({ metrics });
    const camera = page.connect('garden');
    camera.sender.stream = 'garden-k3x9f2ab';
    camera.send(picture());
    const shown = [JSON.stringify((await page.ask('/api/cameras')).text), (await page.ask('/metrics')).text];
    const { headers } = await page.ask('/snapshot/garden.jpg');
    shown.push(JSON.stringify(headers));
    for (const path of ['/api/live', '/stream/garden']) {
      const incoming = await open(page.port, path);
      let text = '';
      incoming.setEncoding('latin1').on('data', (chunk: string) => {
        text += chunk;
      });
      // All that stands before the picture is there with it.
      await until(() => text.includes(Buffer.from(picture()).toString('latin1')));
      incoming.destroy();
      shown.push(JSON.stringify(incoming.headers) + text);
    }
    for (const text of shown) {
      assert.match(text, /garden|image\/jpeg/);
      assert.doesNotMatch(text, /k3x9f2ab|127\.0\.0\.1/);
    }
  });

  test('forgets the picture of a camera that nobody remembers', async () => {
    await using page = await TrialPage.open();
    for (let i = 0; i < 102; i++) {
      const camera = page.connect(`camera-${i}`);
      camera.send(picture());
      camera.leave();
    }
    assert.equal((await page.ask('/snapshot/camera-0.jpg')).status, 404);
    assert.equal((await page.ask('/snapshot/camera-101.jpg')).status, 200);
  });

  test('makes the figures once for all requests at the same time', async () => {
    let made = 0;
    const metrics = () => ({ type: 'text/plain', text: `made ${++made}\n` });
    await using page = await TrialPage.open({ metrics });
    const answers = await Promise.all(Array.from({ length: 20 }, () => page.ask('/metrics')));
    assert.ok(made < answers.length, `made ${made} times`);
    await until(async () => (await page.ask('/metrics')).text !== answers[0]?.text);
  });

  test('answers for health, metrics and the page, each with its type', async () => {
    const metrics = () => ({ type: 'text/plain; version=0.0.4', text: 'up 1\n' });
    await using page = await TrialPage.open({ metrics });
    assert.deepEqual([(await page.ask('/healthz')).text, (await page.ask('/metrics')).text], ['ok\n', 'up 1\n']);
    assert.equal((await page.ask('/metrics')).headers['content-type'], 'text/plain; version=0.0.4');
    const index = await page.ask('/');
    assert.equal(index.headers['content-type'], 'text/html; charset=utf-8');
    const { etag = '' } = index.headers;
    assert.equal((await page.ask('/', { headers: { 'if-none-match': etag } })).status, 304);
    assert.equal((await page.ask('/main.js')).headers['content-type'], 'text/javascript; charset=utf-8');
    await using bare = await TrialPage.open();
    assert.equal((await bare.ask('/metrics')).status, 404);
    assert.equal((await bare.ask('/recordings')).status, 404);
  });

  test('says why it cannot listen', async () => {
    await using page = await TrialPage.open();
    await assert.rejects(TrialPage.open({ port: page.port }), {
      code: 'LISTEN_FAILED',
      message:
        /^Cannot show the page on 127\.0\.0\.1:\d+: another program listens there \(EADDRINUSE\)\. `sudo ss -ltnp .*` says which\. --web /,
    });
  });

  test('answers a HEAD request at every address without a body, streams too', async () => {
    await using page = await TrialPage.open();
    page.connect('garden').send(picture());
    for (const path of ['/', '/api/live', '/stream/garden', '/snapshot/garden.jpg', '/healthz']) {
      const { status, body } = await page.ask(path, { method: 'HEAD' });
      assert.deepEqual([path, status, body.length], [path, 200, 0]);
    }
    assert.equal(page.sink.webStats.viewers, 0);
  });
});
