import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { MEDIA, mediaFile } from '../support/media.ts';
import { type Runtime, soonMs, startProgram, startReceiver } from '../support/programs.ts';
import { startPython, startPythonServer } from '../support/python.ts';
import { hashSaved } from '../support/saved.ts';
import { makeFolder } from './suite.ts';

async function readLines(path: string): Promise<string[]> {
  return (await readFile(path, 'utf8')).trim().split('\n');
}

const clients = [
  ['camera', 'classic_camera_client.py', (file: string) => ['--file', file]],
  ['video', 'classic_video_client.py', (file: string) => [file]],
] as const;

function defineReceiving(runtime: Runtime): void {
  for (const [what, script, source] of clients) {
    test(`every frame of the Python ${what} client is saved as sent, the last ones too`, async () => {
      await using folder = await makeFolder();
      await using notes = await makeFolder();
      const { receiver, port } = await startReceiver(runtime, ['--save', folder.path]);
      await using _receiver = receiver;
      const hashes = join(notes.path, 'hashes');
      const ends = ['--port', `${port}`, '--frames', '40', '--interval', '0', '--hashes', hashes];
      await using client = await startPython(script, [...source(await mediaFile('h264')), ...ends]);
      await client.wait(soonMs);
      await receiver.waitForLine('stderr', /left after 40 frames/, soonMs);
      assert.equal((await receiver.stop()).code, 0);
      assert.deepEqual(await hashSaved(folder.path), await readLines(hashes));
      assert.equal(receiver.lines('stdout').length, 40);
    });
  }
}

function defineSending(runtime: Runtime): void {
  test('every frame of a file reaches the Python server, the same that our own receiver gets', async () => {
    await using notes = await makeFolder();
    await using folder = await makeFolder();
    const hashes = join(notes.path, 'hashes');
    const file = await mediaFile('h264');
    const { child: server, port } = await startPythonServer(['--once', '--hashes', hashes]);
    await using _server = server;
    await using sender = startProgram(runtime, 'image-sender', ['video', file, '--once', '--port', `${port}`]);
    assert.equal((await sender.wait(soonMs)).code, 0, sender.lines('stderr').join('\n'));
    assert.equal((await server.wait(soonMs)).code, 0);

    const started = await startReceiver('node', ['--save', folder.path, '--quiet']);
    await using receiver = started.receiver;
    const again = ['video', file, '--once', '--interval', '0', '--port', `${started.port}`];
    await using second = startProgram(runtime, 'image-sender', again);
    assert.equal((await second.wait(soonMs)).code, 0);
    await receiver.waitForLine('stderr', /left after/, soonMs);
    await receiver.stop();

    const sent = await readLines(hashes);
    assert.equal(sent.length, MEDIA.h264.frames);
    assert.deepEqual(sent, await hashSaved(folder.path));
    const times = server.lines('stdout').filter((line) => line.startsWith('send time: '));
    assert.equal(times.length, MEDIA.h264.frames);
    for (const line of times) {
      assert.equal(line.length, 'send time: '.length + 64);
      // The mark asks whether wire 2 is known, and is all that such a server sees of it.
      assert.match(line, /^send time: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}( is2\/[0-9A-Za-z-]{1,22}\/\d+)? +$/);
    }
  });

  test('the sender goes on by itself when the Python server is killed and started again', async () => {
    const first = await startPythonServer();
    await using _first = first.child;
    const port = `${first.port}`;
    await using sender = startProgram(runtime, 'image-sender', ['pattern', '--port', port, '--retries', '0']);
    await first.child.waitForLine('stdout', /^receive time: /, soonMs);
    first.child.signal('SIGKILL');
    await first.child.wait(soonMs);
    const second = await startPythonServer(['--port', port]);
    await using server = second.child;
    await server.waitForLine('stdout', /^receive time: /, soonMs);
    assert.equal((await sender.stop()).code, 0);
  });
}

for (const runtime of ['node', 'deno', 'packaged'] as const) {
  describe(`classic wire with the Python programs, ${runtime}`, () => {
    defineReceiving(runtime);
    if (runtime !== 'deno') defineSending(runtime);
  });
}
