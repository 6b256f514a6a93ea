import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { HttpExchange } from '../../../src/sinks/web/http/http-exchange.ts';
import { Router } from '../../../src/sinks/web/http/router.ts';
import { shout } from './ask.ts';
import { TrialPage } from './trial-page.ts';

/** The handler that a router calls for a request, or the status that it answers itself. */
async function serve(method: string, path: string): Promise<string> {
  const seen: string[] = [];
  const handler = (name: string) => (_: unknown, rest: string) => void seen.push(`${name} ${rest}`);
  const router = new Router();
  router.get('/', handler('root'));
  router.get('/login', handler('form'));
  router.post('/login', handler('log in'));
  router.get('/recordings', handler('list'));
  router.get('/recordings/', handler('one'));
  const exchange = {
    method,
    path,
    sendText: (status: number, _: string, { allow = '' } = {}) => void seen.push(`${status} ${allow}`),
  };
  await router.serve(exchange as unknown as HttpExchange);
  return seen.join().trimEnd();
}

describe('Router', () => {
  test('finds the handler of a path and a method, and hands on what is below the path', async () => {
    assert.equal(await serve('GET', '/'), 'root');
    assert.equal(await serve('HEAD', '/login'), 'form');
    assert.equal(await serve('POST', '/login'), 'log in');
    assert.equal(await serve('GET', '/recordings'), 'list');
    assert.equal(await serve('GET', '/recordings/a/b%20c%2Fd'), 'one a/b c/d');
  });

  test('answers 404 for every other path, and 405 with the methods for every other method', async () => {
    for (const path of ['', '//', '/x', '/login/', '/recordings/', '/recordings/%ff', '/recordings/%', '*', 'login']) {
      assert.equal(await serve('GET', path), '404', path);
    }
    assert.equal(await serve('DELETE', '/login'), '405 GET, HEAD, POST');
    assert.equal(await serve('POST', '/recordings/x'), '405 GET, HEAD');
    assert.equal(await serve('constructor', '/'), '405 GET, HEAD');
  });
});

describe('a request to the page', () => {
  test('may have a body that nobody wants: the connection goes on behind a short one', async () => {
    await using page = await TrialPage.open();
    const body = 'x'.repeat(30_000);
    const first = `POST /api/cameras HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const chunked =
      'GET /healthz HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n';
    const last = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
    const answers = await shout(page.port, [first, chunked, last]);
    assert.deepEqual(answers.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 405', 'HTTP/1.1 200', 'HTTP/1.1 200']);
  });

  test('may name its path as a whole URL, and hide nothing in it', async () => {
    await using page = await TrialPage.open();
    const get = (target: string) =>
      shout(page.port, `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    assert.match(await get('http://localhost/api/about?x=/healthz'), /\r\n\r\n\{"hasPassword":false,/);
    assert.match(await get('http://localhost?x'), /^HTTP\/1\.1 404 /);
    assert.match(await get('/api/about?'), /^HTTP\/1\.1 200 /);
    assert.match(await get('/api/about%3F'), /^HTTP\/1\.1 404 /);
  });

  test('that fails is answered with 500 and told in the log, and the next one is answered', async () => {
    const metrics = () => {
      throw new Error('no figures');
    };
    await using page = await TrialPage.open({ metrics });
    const { status, text, headers } = await page.ask('/metrics');
    assert.deepEqual([status, text], [500, 'The receiver could not do that\n']);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.deepEqual(page.log.lines, ['warn: --web: cannot answer GET /metrics: no figures']);
    assert.equal((await page.ask('/healthz')).status, 200);
  });
});
