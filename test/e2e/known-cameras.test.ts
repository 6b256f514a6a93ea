import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ListedCamera } from '../../src/cli/receiver/cameras/control.ts';
import type { Ending } from '../support/child.ts';
import { soonMs, startProgram, startReceiver } from '../support/programs.ts';
import { until } from '../support/until.ts';
import { makeFolder } from './suite.ts';
import { startPage } from './web-support.ts';

type Env = Record<string, string>;

/** Runs a command of image-receiver to its end. */
async function run(args: readonly string[], env: Env): Promise<Ending & { output: string; messages: string }> {
  await using child = startProgram('node', 'image-receiver', args, { env });
  const ending = await child.wait(soonMs);
  return { ...ending, output: child.lines('stdout').join('\n'), messages: child.lines('stderr').join('\n') };
}

async function list(port: number, env: Env): Promise<ListedCamera[]> {
  const { output } = await run(['cameras', '--json', '--port', `${port}`], env);
  return JSON.parse(output) as ListedCamera[];
}

test('a camera that ended while the receiver was down is listed as away, until it is forgotten', async () => {
  await using folder = await makeFolder();
  const env = { XDG_STATE_HOME: join(folder.path, 'state') };
  const first = await startReceiver('node', ['--quiet'], { env });
  const where = ['--port', `${first.port}`];
  await using sender = startProgram('node', 'image-sender', [
    'pattern',
    '--name',
    'garden',
    '--retries',
    '0',
    ...where,
  ]);
  await until(async () => (await list(first.port, env))[0]?.online === true, 'the camera', soonMs);
  const [known] = await list(first.port, env);
  assert.deepEqual([known?.key, known?.name, known?.version], ['garden', 'garden', '0.1.0']);
  const refused = await run(['forget', 'garden', ...where], env);
  assert.equal(refused.code, 2);
  assert.match(refused.messages, /Cannot forget garden as it is sending: stop its image-sender first \[BAD_OPTION\]/);
  await first.receiver.stop();
  await sender.stop();

  await using second = await startPage('node', where, { env });
  const { receiver, url: page } = second;
  const { cameras } = (await (await fetch(new URL('/api/cameras', page))).json()) as {
    cameras: { online: boolean; since: string }[];
  };
  const [shown, ...others] = cameras;
  assert.deepEqual([shown?.online, others.length], [false, 0]);
  const age = Date.now() - Date.parse(shown?.since ?? '');
  assert.ok(age > 0 && age < soonMs * 3, `away since ${shown?.since}`);
  assert.match(await (await fetch(new URL('/metrics', page))).text(), /camera="garden"/);
  assert.match((await run(['cameras', ...where], env)).output, /^garden +garden +away since 20/m);

  assert.equal((await run(['forget', 'garden', ...where], env)).code, 0);
  assert.deepEqual(await list(second.port, env), []);
  await receiver.stop();
  // No receiver runs: the commands use its file.
  const after = await run(['forget', 'garden', ...where], env);
  assert.match(after.messages, /Cannot forget garden as there is no such camera: none is known/);
});

test('commands about cameras say where no receiver is', async () => {
  await using folder = await makeFolder();
  const { code, messages } = await run(['cameras', '--port', '9'], { XDG_STATE_HOME: folder.path });
  assert.equal(code, 4);
  assert.match(messages, /Cannot find a receiver on port 9 of this machine.*\[CONNECT_FAILED\]/);
});
