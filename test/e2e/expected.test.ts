import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ListedCamera } from '../../src/cli/receiver/cameras/control.ts';
import { soonMs, startProgram } from '../support/programs.ts';
import { until } from '../support/until.ts';
import { makeFolder } from './suite.ts';
import { PostingCamera } from './web-camera.ts';
import { startPage } from './web-support.ts';

test('a receiver lists cameras that must be there, and reports those that are not', async () => {
  await using folder = await makeFolder();
  const file = join(folder.path, 'cameras.txt');
  const told = join(folder.path, 'missing');
  await writeFile(file, '# all\ngarden\nK\u00fcche\n');
  const env = { XDG_STATE_HOME: join(folder.path, 'state') };
  const hook = `echo "$IMAGE_SOCKET_EVENT $IMAGE_SOCKET_NAME ($IMAGE_SOCKET_LAST_SEEN_AT)" >> '${told}'`;
  const args = ['--expect', file, '--expect-within', '3s', '--on-missing', hook, '--hook-shell'];
  await using shown = await startPage('node', args, { env });
  const ask = async (path: string) => await (await fetch(new URL(path, shown.url))).text();
  const report = async () => {
    const { cameras } = JSON.parse(await ask('/api/cameras')) as { cameras: Record<string, unknown>[] };
    return cameras.map(({ key, online, expected }) => [key, online, expected]);
  };
  assert.deepEqual(await report(), [['Kuche', false, true], ['garden', false, true]]); // biome-ignore format: pairs
  assert.match(await ask('/metrics'), /image_socket_camera_expected\{camera="garden"\} 1/);

  const list = async () => {
    await using child = startProgram('node', 'image-receiver', ['cameras', '--json', '--port', `${shown.port}`], {
      env,
    });
    await child.wait(soonMs);
    return JSON.parse(child.lines('stdout').join('')) as ListedCamera[];
  };
  const [kitchen] = await list();
  const never = { online: false, firstSeen: null, lastSeen: null, joined: null, version: null };
  assert.deepEqual(kitchen, { key: 'Kuche', name: 'K\u00fcche', ...never });

  using _camera = await PostingCamera.start(shown.port, 'garden');
  await until(async () => (await report()).some(([key, online]) => key === 'garden' && online), 'garden', soonMs);
  await until(() => existsSync(told), 'the hook', soonMs);
  const lines = async () => (await readFile(told, 'utf8')).split('\n');
  assert.ok((await lines()).includes('missing K\u00fcche ()'));
  assert.ok(
    shown.receiver.lines('stderr').some((line) => /K\u00fcche has not come for 3 s \(--expect-within\)/.test(line)),
  );
});

test('a file of expected cameras that cannot be used is refused with the reason', async () => {
  await using folder = await makeFolder();
  const file = join(folder.path, 'cameras.txt');
  await writeFile(file, `${'x'.repeat(65)}\n`);
  const run = async (...args: string[]) => {
    await using child = startProgram('node', 'image-receiver', ['--port', '0', ...args]);
    const { code } = await child.wait(soonMs);
    return [code, child.lines('stderr').join('\n')] as const;
  };
  const [code, text] = await run('--expect', file);
  assert.equal(code, 2);
  assert.match(text, /Cannot use --expect .*cameras\.txt: each line must be a name of 1 to 64 bytes/);
  assert.match((await run('--on-missing', 'true'))[1], /--on-missing without --expect/);
});
