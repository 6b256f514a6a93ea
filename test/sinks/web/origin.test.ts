import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCrossSite, isLocalHost } from '../../../src/sinks/web/access/origin.ts';
import { tinyJpeg } from '../../support/jpeg.ts';
import { shout } from './ask.ts';
import { TrialPage } from './trial-page.ts';

test('isLocalHost knows addresses, local names and those that it is told, and no name that another site may have', () => {
  const local = [
    '127.0.0.1:8081',
    '192.168.1.5',
    '[::1]:8081',
    '[fe80::1]',
    'localhost:8081',
    'my-pc',
    'MY-PC.local',
    'nas.lan',
    'pi.home.arpa',
    'pi.internal',
  ];
  for (const host of local) assert.equal(isLocalHost(host, []), true, host);
  const strange = [
    'evil.example',
    // A name of FRITZ!Boxes, below a public ending.
    'fritz.box',
    'pi.fritz.box',
    'evil.example:8081',
    '127.0.0.1.evil.example',
    'local',
    '',
    'a@127.0.0.1',
    '[evil]',
    'x/y',
    undefined,
  ];
  assert.deepEqual(
    strange.filter((host) => isLocalHost(host, [])),
    ['local'],
  );
  assert.equal(isLocalHost('Cameras.example:8081', ['cameras.example']), true);
  assert.equal(isLocalHost('pi.fritz.box:8081', ['pi.fritz.box']), true);
});

test('isCrossSite is what another site asks for in the name of its user, and no link from there', () => {
  const host = 'pc.local:8081';
  const ask = (site?: string, mode?: string, origin?: string) => isCrossSite({ host, site, mode, origin });
  assert.equal(ask(), false);
  assert.equal(ask('same-origin', 'cors', 'http://pc.local:8081'), false);
  assert.equal(ask('same-site', 'no-cors'), false);
  assert.equal(ask('none', 'navigate'), false);
  assert.equal(ask('cross-site', 'navigate'), false);
  assert.equal(ask('cross-site', 'no-cors'), true);
  assert.equal(ask(undefined, undefined, 'http://evil.example'), true);
  assert.equal(ask(undefined, undefined, 'null'), true);
});

test('a page without a password is not shown under a name that another site may have, and with one it is', async () => {
  const headers = { host: 'evil.example:8081' };
  await using open = await TrialPage.open();
  open.connect('garden').send(tinyJpeg(1, 1));
  for (const path of ['/', '/api/cameras', '/snapshot/garden.jpg'])
    assert.equal((await open.ask(path, { headers })).status, 421);
  assert.equal((await open.ask('/healthz', { headers })).status, 200);
  assert.equal(open.sink.webStats.rejected.origin, 3);
  assert.match(await shout(open.port, 'GET / HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 (400|421) /);
  await using closed = await TrialPage.open({ token: new TextEncoder().encode('password') });
  assert.equal((await closed.ask('/login', { headers })).status, 200);
});

test('a page of another site gets no picture of this one into its own', async () => {
  await using page = await TrialPage.open();
  page.connect('garden').send(tinyJpeg(1, 1));
  const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' };
  for (const path of ['/stream/garden', '/snapshot/garden.jpg', '/api/live']) {
    assert.equal((await page.ask(path, { headers })).status, 403);
  }
  const plain = await page.ask('/snapshot/garden.jpg');
  assert.equal(plain.headers['cross-origin-resource-policy'], 'same-site');
  assert.equal(plain.headers['access-control-allow-origin'], undefined);
});
