import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, test } from 'node:test';
import { CodedError } from '../../../src/errors.ts';
import { makeQrCode } from '../../../src/qr/qr-code.ts';
import { drawSvgPath } from '../../../src/qr/svg-path.ts';
import { AccessControl } from '../../../src/sinks/web/access/access-control.ts';
import type { HttpExchange } from '../../../src/sinks/web/http/http-exchange.ts';
import { WebStats } from '../../../src/sinks/web/web-stats.ts';
import { silentLog } from '../../support/trial-log.ts';
import { TrialPage } from './trial-page.ts';

const token = new TextEncoder().encode('correct horse');
const own = { 'x-requested-with': 'page' };
const command = 'image-sender join 3k7m-9q2x-ab12-cd3x --host 192.168.1.5';
const post = (headers: Record<string, string>, body = 'name=garden') => ({ method: 'POST', headers, body });

function makeInviter() {
  const names: string[] = [];
  const invite = async (name: string) => {
    names.push(name);
    if (name === '') throw new CodedError('BAD_OPTION', 'Cannot invite the camera "": its name is empty');
    return { number: 7, name, command, minutes: 10 };
  };
  return { names, invite, judge: (number: number) => (number === 7 ? ('joined' as const) : ('over' as const)) };
}

describe('POST /api/invitations', () => {
  test('invites a camera, and gives the line with its QR code', async () => {
    const inviter = makeInviter();
    await using page = await TrialPage.open({ inviter });
    const { status, text } = await page.ask('/api/invitations', post(own, 'name=K%C3%BCche+1'));
    assert.equal(status, 200);
    const code = makeQrCode(command);
    const qr = { modules: code.length, path: drawSvgPath(code) };
    assert.deepEqual(JSON.parse(text), { number: 7, name: 'Küche 1', command, seconds: 600, qr });
    assert.deepEqual(inviter.names, ['Küche 1']);
    const refused = await page.ask('/api/invitations', post(own, 'other=1'));
    assert.deepEqual([refused.status, refused.text], [409, 'Cannot invite the camera "": its name is empty\n']);
    const state = async (number: string) => (await page.ask(`/api/invitations/${number}`)).text;
    assert.deepEqual([await state('7'), await state('8'), await state('x')], ['{"state":"joined"}', '{"state":"over"}', '{"state":"over"}']); // biome-ignore format: one list
    assert.equal(JSON.parse((await page.ask('/api/about')).text).hasInvitations, true);
  });

  test('invites nobody for another method, for other sites, ports and names, or behind a proxy', async () => {
    const inviter = makeInviter();
    await using page = await TrialPage.open({ inviter });
    const asks = [
      { method: 'GET', headers: own },
      post({}),
      post({ 'content-type': 'application/x-www-form-urlencoded' }),
      post({ origin: 'http://127.0.0.1:3000', 'sec-fetch-site': 'same-site' }),
      post({ ...own, origin: 'http://evil.example' }),
      post({ ...own, 'sec-fetch-site': 'cross-site' }),
      post({ ...own, host: 'evil.example' }),
      post({ ...own, 'x-forwarded-for': '203.0.113.7' }),
      post({ ...own, forwarded: 'for=203.0.113.7' }),
      post({ ...own, via: '1.1 proxy' }),
      post(own, `name=${'x'.repeat(5000)}`),
    ];
    const found: number[] = [];
    for (const options of asks) found.push((await page.ask('/api/invitations', options)).status);
    assert.deepEqual(found, [405, 403, 403, 403, 403, 403, 421, 403, 403, 403, 413]);
    assert.deepEqual(inviter.names, []);
  });

  test('needs the password of the page, with which a proxy may be between', async () => {
    const inviter = makeInviter();
    await using page = await TrialPage.open({ token, inviter });
    assert.equal((await page.ask('/api/invitations', post(own))).status, 401);
    assert.equal((await page.ask('/api/invitations/7')).status, 401);
    assert.deepEqual(inviter.names, []);
    const authorization = `Basic ${Buffer.from('me:correct horse').toString('base64')}`;
    const allowed = await page.ask('/api/invitations', post({ ...own, authorization, 'x-forwarded-for': '10.0.0.2' }));
    assert.equal(allowed.status, 200);
  });

  test('is for this machine alone without a password', () => {
    const may = (address: string, password?: Uint8Array) => {
      const settings = { host: 'localhost', isSecure: false, password };
      return new AccessControl(settings, new WebStats(), silentLog).mayChange({ address } as HttpExchange);
    };
    const addresses = ['127.0.0.1', '::1', '::ffff:127.0.0.1', '192.168.1.5', 'fe80::1', '::ffff:192.168.1.5'];
    const found = addresses.map((address) => may(address));
    assert.deepEqual(found, [true, true, true, false, false, false]);
    assert.deepEqual(new Set(addresses.map((address) => may(address, token))), new Set([true]));
  });

  test('is not there where no camera can join', async () => {
    await using page = await TrialPage.open();
    assert.equal((await page.ask('/api/invitations', post(own))).status, 404);
    assert.equal(JSON.parse((await page.ask('/api/about')).text).hasInvitations, false);
  });
});
