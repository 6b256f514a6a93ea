import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempDisposable, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { askControl } from '../../../src/network/control/control-client.ts';
import { ControlServer } from '../../../src/network/control/control-server.ts';
import { pause } from '../../../src/system/abort.ts';

/** A server that answers with the request, in a folder that is not there yet. */
async function openEcho() {
  const folder = await mkdtempDisposable(join(tmpdir(), 'control-'));
  const path = join(folder.path, 'deeper', 'a.sock');
  const server = await ControlServer.open(path, async (request) => ({ request }));
  const close = async () => {
    await server.close();
    await folder[Symbol.asyncDispose]();
  };
  return { path, server, [Symbol.asyncDispose]: close };
}

/** Sends raw bytes. @returns all that is answered */
function send(path: string, bytes: string | Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(path, () => socket.end(bytes));
    socket.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    socket.once('close', () => resolve(text));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' ? resolve(text) : reject(error),
    );
  });
}

describe('The control socket', () => {
  test('waits longer for the answer of a slow machine than for the request', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'control-'));
    const path = join(folder.path, 'a.sock');
    const slow = async () => {
      await pause(300, new AbortController().signal);
      return 'done';
    };
    const server = await ControlServer.open(path, slow, { request: 100, answer: 60_000 });
    assert.equal(await askControl(path, {}), 'done');
    const socket = connect(path);
    await once(socket, 'close');
    await server.close();
  });

  test('answers the commands of this user alone', async () => {
    await using echo = await openEcho();
    assert.deepEqual(await askControl(echo.path, { command: 'cameras', name: 'ä\n' }), {
      request: { command: 'cameras', name: 'ä\n' },
    });
    assert.equal((await stat(echo.path)).mode & 0o777, 0o600);
    assert.equal((await stat(join(echo.path, '..'))).mode & 0o777, 0o700);
  });

  test('answers with an error to what is no request, and goes on', async () => {
    await using echo = await openEcho();
    assert.match(await send(echo.path, 'GET / HTTP/1.1\r\n\r\n'), /"error":/);
    assert.match(await send(echo.path, '{"command":'), /"error":"the connection ended"/);
    assert.match(await send(echo.path, new Uint8Array(1_100_000).fill(0x20)), /^$|at most 1000000/);
    assert.deepEqual(await askControl(echo.path, 1), { request: 1 });
  });

  test('is undefined for a client where nothing listens', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'control-'));
    assert.equal(await askControl(join(folder.path, 'none.sock'), {}), undefined);
    await writeFile(join(folder.path, 'file'), '');
    assert.equal(await askControl(join(folder.path, 'file'), {}), undefined);
  });

  test('replaces that of a program that is gone, and none that answers', async () => {
    await using echo = await openEcho();
    await assert.rejects(
      ControlServer.open(echo.path, async () => 2),
      { code: 'EADDRINUSE' },
    );
    await echo.server.close();
    await writeFile(echo.path, '');
    const second = await ControlServer.open(echo.path, async () => 2);
    assert.equal(await askControl(echo.path, {}), 2);
    await second.close();
  });
});
