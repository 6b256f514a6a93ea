import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { tinyJpeg } from '../../support/jpeg.ts';
import { until } from '../../support/until.ts';
import { dial, open, shout } from './ask.ts';
import { readFramed, TrialPage } from './trial-page.ts';

const strict = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-site',
};

describe('the page’s server', { concurrency: 4 }, () => {
  test('puts its strict headers on every answer, good or bad, streams too', async () => {
    await using page = await TrialPage.open();
    page.connect('garden').send(tinyJpeg(1, 1));
    const paths = [
      '/',
      '/main.js',
      '/nowhere',
      '/api/cameras',
      '/snapshot/garden.jpg',
      '/snapshot/x.jpg',
      '/login',
      '/healthz',
    ];
    const answers = await Promise.all(paths.map((path) => page.ask(path)));
    const streams = await Promise.all(['/api/live', '/stream/garden'].map((path) => open(page.port, path)));
    for (const { headers } of [...answers, ...streams]) {
      for (const [name, value] of Object.entries(strict)) assert.equal(headers[name], value);
      const policy = String(headers['content-security-policy']);
      assert.match(policy, /^default-src 'none'; script-src 'self'; /);
      assert.doesNotMatch(policy, /unsafe|\*|data:/);
      assert.match(String(headers['cache-control']), /^no-(store|cache)$/);
    }
    for (const stream of streams) stream.destroy();
  });

  test('leads out of its own files by no path', async () => {
    await using page = await TrialPage.open();
    const paths = [
      ...[
        '/../package.json',
        '/..%2f..%2fpackage.json',
        '/%2e%2e/%2e%2e/package.json',
        '/page/index.html',
        '//etc/passwd',
      ],
      ...[
        '/assets.ts',
        '/main.js/../../assets.ts',
        '/..\\..\\package.json',
        '/%00',
        '/snapshot/..%2f..%2fx.jpg',
        '/%',
        '/index.html%00.js',
      ],
      ...[
        '/constructor.js',
        '/__proto__.js',
        '/stream/__proto__',
        '/snapshot/constructor.jpg',
        '/stream/..%2f',
        '/stream/%0d%0aX: y',
      ],
    ];
    for (const path of paths) {
      const answer = await shout(page.port, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
      assert.match(answer, /^HTTP\/1\.1 (400|404) /, path);
      assert.doesNotMatch(answer, /devDependencies|root:/);
    }
  });

  test('sends names of cameras as text, and never as a header', async () => {
    await using page = await TrialPage.open();
    const name = '<script>alert(1)</script>"\u2028';
    const camera = page.connect(name);
    camera.send(tinyJpeg(1, 1));
    assert.equal(camera.key, 'script-alert-1-script');
    const { headers, text } = await page.ask('/api/cameras');
    assert.equal(headers['content-type'], 'application/json');
    assert.equal(JSON.parse(text).cameras[0].name, name);
    const snapshot = await page.ask(`/snapshot/${camera.key}.jpg`);
    assert.equal(snapshot.headers['content-type'], 'image/jpeg');
    assert.doesNotMatch(JSON.stringify(snapshot.headers), /alert/);
  });

  test('rejects what is too long or no HTTP, counts it, and goes on', async () => {
    await using page = await TrialPage.open();
    const long = 'x'.repeat(10_000);
    const head = 'GET / HTTP/1.1\r\nHost: localhost\r\n';
    assert.match(await shout(page.port, `${head}X: ${long}\r\n\r\n`), /^HTTP\/1\.1 431 /);
    assert.match(await shout(page.port, `GET /${long} HTTP/1.1\r\nHost: localhost\r\n\r\n`), /^HTTP\/1\.1 431 /);
    assert.match(await shout(page.port, '\x16\x03\x01\x02\x00\x01\r\n\r\n'), /^HTTP\/1\.1 400 /);
    assert.match(
      await shout(page.port, `${head}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`),
      /^HTTP\/1\.1 400 /,
    );
    assert.match(
      await shout(page.port, 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n'),
      /^HTTP\/1\.1 4(00|21) /,
    );
    assert.equal(page.sink.webStats.rejected.request >= 4, true);
    assert.equal((await page.ask('/healthz')).status, 200);
    assert.ok(page.log.lines.length <= 8, page.log.lines.join('\n'));
  });

  test('takes no body that nobody asked for, however long it says it is', async () => {
    await using page = await TrialPage.open();
    const socket = await dial(page.port);
    let sent = 0;
    socket.write('POST /api/cameras HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000000\r\n\r\n');
    const timer = setInterval(() => {
      if (socket.writableLength === 0) sent += socket.write('y'.repeat(100_000)) ? 1 : 1;
    }, 1);
    await until(() => socket.destroyed);
    clearInterval(timer);
    assert.ok(sent < 3000, `${sent} pieces`);
  });

  test('ends a connection that asks for more before it has its answer', async () => {
    await using page = await TrialPage.open();
    page.connect('garden').send(tinyJpeg(1, 1, 50_000));
    await shout(page.port, 'GET /stream/garden HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(500));
    await until(() => page.sink.webStats.viewers === 0);
    assert.equal(page.sink.webStats.rejected.request, 1);
  });

  test('ends a connection that says nothing, or not enough', async () => {
    await using page = await TrialPage.open();
    const halves = ['', 'GET / HT', 'GET / HTTP/1.1\r\nHost: localhost\r\nX: y\r\n'];
    const answers = await Promise.all(halves.map((half) => shout(page.port, half)));
    assert.deepEqual(answers, ['', '', '']);
  });

  test('answers or closes every connection, whatever comes over it, and goes on', async () => {
    await using page = await TrialPage.open();
    page.connect('garden').send(tinyJpeg(1, 1));
    const paths = ['/', '/logout', '/healthz', '/api/live', '/stream/garden', '/snapshot/garden.jpg', '/x', '*'];
    const header = fc.oneof(
      fc.constantFrom('Cookie: image-receiver-1=x', 'Authorization: Basic eDp4', 'Upgrade: x', 'Connection: upgrade'),
      fc.constantFrom(
        'Host: localhost',
        'Origin: http://x',
        'If-None-Match: "',
        'Range: bytes=0-',
        'Accept: text/html',
      ),
      fc.constantFrom('Content-Length: 9', 'Transfer-Encoding: chunked', 'Expect: 100-continue', 'Connection: close'),
      fc.string({ unit: 'binary-ascii', maxLength: 5 }),
    );
    const request = fc.record({
      method: fc.constantFrom('GET', 'GET', 'POST', 'HEAD', 'OPTIONS', 'CONNECT', 'get'),
      path: fc.constantFrom(...paths, '/login?%ff=%', 'http://localhost/', '/stream/%', ''),
      host: fc.constantFrom('Host: localhost\r\n', 'Host: localhost\r\n', ''),
      headers: fc.array(header, { maxLength: 3 }),
      body: fc.constantFrom('', '', 'something', '3\r\nabc\r\n0\r\n\r\n', 'x'.repeat(1000)),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 2 }), fc.nat(400), async (requests, cut) => {
        const texts = requests.map(({ method, path, host, headers, body }) => {
          const lines = headers.map((line) => `${line}\r\n`).join('');
          return `${method} ${path} HTTP/1.1\r\n${host}${lines}\r\n${body}`;
        });
        const text = texts.join('');
        await shoutAndEnd(page.port, cut < 200 ? text.slice(0, cut) : text);
      }),
      { numRuns: 300 },
    );
    await until(() => page.sink.webStats.viewers === 0);
    assert.equal((await page.ask('/healthz')).status, 200);
    assert.deepEqual(
      page.log.lines.filter((line) => line.includes('cannot answer')),
      [],
    );
  });

  test('keeps its viewers and lets new ones in when a thousand others connect', async () => {
    await using page = await TrialPage.open();
    const camera = page.connect('garden');
    camera.send(tinyJpeg(1, 1));
    const viewer = await open(page.port, '/api/live');
    let seen = 0;
    const watching = (async () => {
      for await (const { record } of readFramed(viewer)) seen = record.sequence ?? seen;
    })();
    const crowd: Socket[] = [];
    for (let i = 0; i < 1000; i++) crowd.push(await dial(page.port));
    await until(() => crowd.filter((socket) => !socket.destroyed).length <= 100);
    assert.equal((await page.ask('/api/cameras')).status, 200);
    const { sequence } = camera.send(tinyJpeg(1, 1));
    await until(() => seen === sequence);
    assert.ok(page.sink.webStats.rejected.connections >= 900);
    assert.ok(page.log.lines.length <= 12, page.log.lines.join('\n'));
    for (const socket of crowd) socket.destroy();
    viewer.destroy();
    await watching.catch(() => undefined);
  });

  test('tells a viewer to come again when the limit of viewers is reached', async () => {
    await using page = await TrialPage.open();
    page.connect('garden').send(tinyJpeg(1, 1));
    const viewers = await Promise.all(Array.from({ length: 100 }, () => open(page.port, '/stream/garden')));
    await until(() => page.sink.webStats.viewers === 100);
    assert.match(
      await shout(page.port, 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
      /^HTTP\/1\.1 503 .*\r\nretry-after: 5\r\n/,
    );
    for (const viewer of viewers) viewer.destroy();
    await until(() => page.sink.webStats.viewers === 0);
    assert.equal((await page.ask('/healthz')).status, 200);
  });
});

/** Sends the bytes and no more; waits until the server has closed the connection. */
async function shoutAndEnd(port: number, bytes: string): Promise<void> {
  const socket = await dial(port);
  const closed = once(socket, 'close');
  socket.resume().end(bytes, 'latin1');
  await closed;
}
