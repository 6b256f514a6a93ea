import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { test } from 'node:test';
import { makeTlsIdentity } from '../../support/certificate.ts';
import { tinyJpeg } from '../../support/jpeg.ts';
import { until } from '../../support/until.ts';
import { shout } from './ask.ts';
import { readFramed, TrialPage } from './trial-page.ts';

async function askSafely(port: number, path: string, method = 'GET', body = ''): Promise<IncomingMessage> {
  const headers = { 'content-length': String(body.length) };
  const outgoing = request({ host: '127.0.0.1', port, path, method, headers, agent: false, rejectUnauthorized: false });
  outgoing.end(body);
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  return incoming;
}

test('a page with TLS takes nothing else, and its cookie goes over TLS alone', async () => {
  await using identity = await makeTlsIdentity();
  const [key, cert] = await Promise.all([identity.keyPath, identity.certPath].map((path) => readFile(path, 'utf8')));
  const token = new TextEncoder().encode('correct horse');
  await using page = await TrialPage.open({ tls: { key: key ?? '', cert: cert ?? '' }, token });
  const entered = await askSafely(page.port, '/login', 'POST', 'password=correct+horse');
  assert.equal(entered.statusCode, 303);
  assert.match(entered.headers['set-cookie']?.[0] ?? '', /; HttpOnly; Secure; SameSite=Strict$/);
  entered.destroy();
  assert.doesNotMatch(await shout(page.port, 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'), /ok/);
});

test('a page with TLS streams its pictures and notices when a viewer leaves', async () => {
  await using identity = await makeTlsIdentity();
  const [key, cert] = await Promise.all([identity.keyPath, identity.certPath].map((path) => readFile(path, 'utf8')));
  await using page = await TrialPage.open({ tls: { key: key ?? '', cert: cert ?? '' } });
  const camera = page.connect('garden');
  const jpeg = tinyJpeg(480, 315, 50_000);
  camera.send(jpeg);
  const incoming = await askSafely(page.port, '/api/live');
  for await (const found of readFramed(incoming)) {
    if (found.record.sequence === undefined) continue;
    assert.deepEqual(found.jpeg, jpeg);
    if (found.record.sequence === 20) break;
    camera.send(jpeg);
  }
  await until(() => page.sink.webStats.viewers === 0);
});
