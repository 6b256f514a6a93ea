import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, test } from 'node:test';
import { AccessControl } from '../../../src/sinks/web/access/access-control.ts';
import type { HttpExchange } from '../../../src/sinks/web/http/http-exchange.ts';
import { WebStats } from '../../../src/sinks/web/web-stats.ts';
import { tinyJpeg } from '../../support/jpeg.ts';
import { silentLog } from '../../support/trial-log.ts';
import { TrialPage } from './trial-page.ts';

const token = new TextEncoder().encode('correct horse');
const own = { 'x-requested-with': 'page' };
const post = (headers: Record<string, string>) => ({ method: 'POST', headers });

describe('POST /api/forget', () => {
  test('forgets a camera that is away, and no other', async () => {
    await using page = await TrialPage.open();
    const [garden, cellar] = [page.connect('garden'), page.connect('cellar')];
    for (const camera of [garden, cellar]) camera.send(tinyJpeg(1, 1));
    garden.leave();
    const status = async (key: string) => (await page.ask(`/api/forget/${key}`, post(own))).status;
    const sending = await page.ask('/api/forget/cellar', post(own));
    assert.deepEqual([sending.status, /as it is sending/.test(sending.text)], [409, true]);
    assert.deepEqual([await status('nobody'), await status(''), await status('garden')], [404, 404, 200]);
    assert.deepEqual(page.cameras.all.map(({ key }) => key), ['cellar']); // biome-ignore format: one list
    assert.equal((await page.ask('/snapshot/garden.jpg')).status, 404);
    assert.equal(await status('garden'), 404);
    assert.deepEqual(page.log.lines.filter((line) => line.includes('forgot')), ['info: forgot the camera garden']); // biome-ignore format: one list
  });

  test('does nothing for another method, for a form, for other sites, or for other ports of this machine', async () => {
    await using page = await TrialPage.open();
    page.connect('garden').leave();
    const host = `127.0.0.1:${page.port}`;
    const asks = [
      { method: 'GET', headers: own },
      { method: 'DELETE', headers: own },
      post({}),
      post({ 'content-type': 'application/x-www-form-urlencoded' }),
      // A page of another port: its browser sends no such header without asking with OPTIONS.
      post({ origin: 'http://127.0.0.1:3000', 'sec-fetch-site': 'same-site' }),
      post({ ...own, origin: 'http://evil.example' }),
      post({ ...own, origin: 'null' }),
      post({ ...own, 'sec-fetch-site': 'cross-site' }),
      post({ ...own, host: 'evil.example' }),
    ];
    const found: number[] = [];
    for (const options of asks) found.push((await page.ask('/api/forget/garden', options)).status);
    assert.deepEqual(found, [405, 405, 403, 403, 403, 403, 403, 403, 421]);
    const asked = { origin: 'http://127.0.0.1:3000', 'access-control-request-headers': 'x-requested-with' };
    const preflight = await page.ask('/api/forget/garden', { method: 'OPTIONS', headers: asked });
    assert.deepEqual([preflight.status, preflight.headers['access-control-allow-origin']], [405, undefined]);
    assert.equal(page.cameras.all.length, 1);
    assert.equal((await page.ask('/api/forget/garden', post({ ...own, origin: `http://${host}` }))).status, 200);
  });

  test('needs the password of the page', async () => {
    await using page = await TrialPage.open({ token });
    page.connect('garden').leave();
    assert.equal((await page.ask('/api/forget/garden', post(own))).status, 401);
    assert.equal(page.cameras.all.length, 1);
    const basic = Buffer.from('me:correct horse').toString('base64');
    const allowed = await page.ask('/api/forget/garden', post({ ...own, authorization: `Basic ${basic}` }));
    assert.equal(allowed.status, 200);
  });

  test('is for this machine alone without a password, which the page knows', async () => {
    const may = (address: string, password?: Uint8Array) => {
      const settings = { host: 'localhost', isSecure: false, password };
      return new AccessControl(settings, new WebStats(), silentLog).mayChange({ address } as HttpExchange);
    };
    const addresses = ['127.0.0.1', '::1', '::ffff:127.0.0.1', '192.168.1.5', 'fe80::1', '::ffff:192.168.1.5'];
    assert.deepEqual(
      addresses.map((address) => may(address)),
      [true, true, true, false, false, false],
    );
    assert.deepEqual(new Set(addresses.map((address) => may(address, token))), new Set([true]));
    await using page = await TrialPage.open();
    assert.equal(JSON.parse((await page.ask('/api/about')).text).mayForget, true);
  });
});
