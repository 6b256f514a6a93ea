import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, test } from 'node:test';
import { readBasicPassword } from '../../../src/sinks/web/access/basic-password.ts';
import { tinyJpeg } from '../../support/jpeg.ts';
import { until } from '../../support/until.ts';
import { open } from './ask.ts';
import { TrialPage } from './trial-page.ts';

const password = 'correct horse é';
const token = new TextEncoder().encode(password);
const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(`me:${text}`).toString('base64')}` });
const form = (text: string) => ({
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams({ username: 'viewer', password: text }).toString(),
});

test('readBasicPassword takes what stands behind the first colon, whatever the user is called', () => {
  const read = (text: string) => readBasicPassword(`Basic ${Buffer.from(text).toString('base64')}`);
  assert.equal(Buffer.from(read('me:a:b') ?? '').toString(), 'a:b');
  assert.equal(Buffer.from(read(':é') ?? '').toString(), 'é');
  assert.deepEqual(
    [read('nothing'), readBasicPassword('Bearer x'), readBasicPassword(undefined)],
    new Array(3).fill(undefined),
  );
});

describe('a page with a password', { concurrency: 4 }, () => {
  const paths = [
    ...['/', '/main.js', '/api/cameras', '/api/live', '/api/about', '/metrics'],
    ...['/stream/garden', '/snapshot/garden.jpg', '/recordings', '/recordings/x', '/api/play?id=x', '/nowhere'],
  ];

  test('shows nothing without it but its form, whatever is asked for', async () => {
    await using page = await TrialPage.open({ token });
    page.connect('garden').send(tinyJpeg(1, 1));
    for (const path of paths) {
      const { status, headers } = await page.ask(path);
      assert.deepEqual([path, status], [path, 401]);
      assert.equal(headers['www-authenticate'], 'Basic realm="image-receiver", charset="UTF-8"');
    }
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND']) {
      assert.equal((await page.ask('/api/cameras', { method })).status, 401, method);
    }
    for (const path of ['/healthz', '/login', '/page.css', '/icon.svg']) {
      assert.equal((await page.ask(path)).status, 200, path);
    }
    assert.equal(page.sink.webStats.rejected.password, 0);
  });

  test('leads a browser to the form, and lets its own requests ask in no window', async () => {
    await using page = await TrialPage.open({ token });
    const browser = await page.ask('/', { headers: { accept: 'text/html,*/*' } });
    assert.deepEqual([browser.status, browser.headers.location], [303, '/login']);
    const own = await page.ask('/api/live', { headers: { 'x-requested-with': 'page' } });
    assert.deepEqual([own.status, own.headers['www-authenticate']], [401, undefined]);
  });

  test('admits a user that has it, as HTTP basic', async () => {
    await using page = await TrialPage.open({ token });
    assert.equal((await page.ask('/api/cameras', { headers: basic(password) })).status, 200);
    assert.equal((await page.ask('/api/cameras', { headers: basic('wrong') })).status, 401);
    assert.equal(page.sink.webStats.rejected.password, 1);
    assert.deepEqual(page.log.lines, ['warn: --web: 127.0.0.1 gave a wrong password']);
  });

  test('admits a user that has it, by the form, until logout', async () => {
    await using page = await TrialPage.open({ token });
    const wrong = await page.ask('/login', form('wrong'));
    assert.equal(wrong.status, 401);
    assert.match(wrong.text, /<p role="alert" class="alert">That is not the password\.<\/p>/);
    assert.equal(wrong.headers['set-cookie'], undefined);
    const right = await page.ask('/login', form(`${password}\n`));
    assert.deepEqual([right.status, right.headers.location], [303, '/']);
    const [set = ''] = right.headers['set-cookie'] ?? [];
    assert.match(set, /^image-receiver-\d+=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/);
    const cookie = set.split(';')[0] ?? '';
    assert.equal((await page.ask('/api/cameras', { headers: { cookie } })).status, 200);
    const forged = cookie.replace(/=[\w-]{4}/, '=AAAA');
    assert.equal((await page.ask('/api/cameras', { headers: { cookie: forged } })).status, 401);
    const out = await page.ask('/logout', { method: 'POST', headers: { cookie } });
    assert.match(out.headers['set-cookie']?.[0] ?? '', /^image-receiver-\d+=; Max-Age=0; Path=\//);
    // A copy of it is worth nothing either.
    assert.equal((await page.ask('/api/cameras', { headers: { cookie } })).status, 401);
  });

  test('ends the streams of a session with the log-out, and those of no other', async () => {
    await using page = await TrialPage.open({ token });
    page.connect('garden').send(tinyJpeg(1, 1));
    const logIn = async () => {
      const { headers } = await page.ask('/login', form(password));
      const cookie = headers['set-cookie']?.[0]?.split(';')[0] ?? '';
      const stream = await open(page.port, '/stream/garden', { headers: { cookie } });
      return { cookie, stream: stream.resume() };
    };
    const [one, other] = [await logIn(), await logIn()];
    await page.ask('/logout', { method: 'POST', headers: { cookie: one.cookie } });
    await until(() => one.stream.destroyed);
    assert.equal((await page.ask('/api/cameras', { headers: { cookie: other.cookie } })).status, 200);
    assert.ok(!other.stream.destroyed);
  });

  test('admits by the form a user whose password has a no-break space around it, as its file keeps that', async () => {
    const odd = `\u00a0${password}\u00a0`;
    await using page = await TrialPage.open({ token: new TextEncoder().encode(odd) });
    assert.equal((await page.ask('/login', form(` ${odd}\r\n`))).status, 303);
  });

  test('tells a user that was wrong too often how long to wait', async () => {
    await using page = await TrialPage.open({ token });
    const ask = () => page.ask('/api/cameras', { headers: basic('wrong') });
    const answers = await Promise.all(Array.from({ length: 25 }, ask));
    const later = answers.find(({ status }) => status === 429);
    const [, seconds] = /try again in (\d+) s\n$/.exec(later?.text ?? '') ?? [];
    assert.deepEqual([later?.headers['retry-after'], Number(seconds) <= 10], [seconds, true]);
  });

  test('takes no form of another site, and none without end', async () => {
    await using page = await TrialPage.open({ token });
    const { headers, ...rest } = form(password);
    const foreign = await page.ask('/login', { ...rest, headers: { ...headers, origin: 'http://evil.example' } });
    assert.equal(foreign.status, 403);
    const sandboxed = await page.ask('/login', { ...rest, headers: { ...headers, origin: 'null' } });
    assert.equal(sandboxed.status, 403);
    const own = { ...headers, host: 'pc.example:8081', origin: 'http://pc.example:8081' };
    assert.equal((await page.ask('/login', { ...rest, headers: own })).status, 303);
    assert.equal((await page.ask('/login', form('x'.repeat(5000)))).status, 413);
    assert.deepEqual(page.sink.webStats.rejected, { password: 0, connections: 0, request: 1, origin: 2 });
  });
});
