import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { describe, test } from 'node:test';
import { encodeClassicFrame } from '../../src/protocol/classic/classic-encoder.ts';
import { Child } from '../support/child.ts';
import { fakeJpeg } from '../support/jpeg.ts';
import { findFreePort } from '../support/ports.ts';
import { programCommand, type Runtime, soonMs, startReceiver } from '../support/programs.ts';
import { RawClient } from '../support/raw-client.ts';
import { until } from '../support/until.ts';
import { makeFolder } from './suite.ts';

const good = { code: 0, signal: null };
const listening = /listening on [^ ]*:(\d+)/;

/** That it goes on, and will: what was asked of it before is dealt with. */
async function checkWorks(receiver: Child, port: number): Promise<void> {
  using client = await RawClient.open(port);
  client.end();
  await receiver.waitForLine('stderr', new RegExp(`${client.label} left without a frame`), soonMs);
}

describe('a signal that was ignored at the start stays ignored', () => {
  for (const runtime of ['node', 'deno', 'packaged'] satisfies Runtime[]) {
    test(`SIGHUP under nohup: ${runtime}`, async () => {
      const { receiver, port } = await startReceiver(runtime, ['--quiet'], { before: ['nohup'] });
      await using _receiver = receiver;
      receiver.signal('SIGHUP');
      await checkWorks(receiver, port);
      receiver.signal('SIGTERM');
      assert.deepEqual(await receiver.wait(soonMs), good);
    });
  }

  // Plain Node forgets it before a program starts.
  for (const runtime of ['deno', 'packaged'] satisfies Runtime[]) {
    test(`SIGINT and SIGQUIT of a script's background job: ${runtime}`, async () => {
      const port = await findFreePort();
      const command = [...programCommand(runtime, 'image-receiver'), '--quiet', '--port', `${port}`];
      await using script = new Child('sh', ['-c', '"$@" & echo $!; wait $!', 'sh', ...command]);
      const [line] = await script.waitForLine('stdout', /^\d+$/, soonMs);
      await script.waitForLine('stderr', listening, soonMs);
      const pid = Number(line);
      process.kill(pid, 'SIGINT');
      process.kill(pid, 'SIGQUIT');
      await checkWorks(script, port);
      process.kill(pid, 'SIGTERM');
      assert.deepEqual(await script.wait(soonMs), good);
    });
  }
});

test('the children of a program have default signals, whatever the program has', async () => {
  await using folder = await makeFolder();
  const file = join(folder.path, 'status');
  const hook = `cat /proc/self/status > '${file}.part' && mv '${file}.part' '${file}'`;
  const args = ['--quiet', '--hook-shell', '--on-connect', hook];
  const { receiver, port } = await startReceiver('packaged', args, { before: ['nohup'] });
  await using _receiver = receiver;
  using client = await RawClient.open(port);
  await client.send(encodeClassicFrame({ jpeg: fakeJpeg(64, 48), capturedAtUs: 0 }));
  const readStatus = () => readFile(file, 'utf8').catch(() => '');
  await until(async () => (await readStatus()) !== '');
  assert.match(await readStatus(), /^SigBlk:\t0+\nSigIgn:\t0+$/m);
});

describe('a signal that was not ignored ends the program', () => {
  for (const signal of ['SIGINT', 'SIGHUP'] as const) {
    test(signal, async () => {
      const { receiver } = await startReceiver('packaged', ['--quiet']);
      await using _receiver = receiver;
      receiver.signal(signal);
      assert.deepEqual(await receiver.wait(soonMs), good);
    });
  }

  test('SIGTERM does even when it was to be ignored', async () => {
    const { receiver } = await startReceiver('packaged', ['--quiet'], { before: ['env', '--ignore-signal=TERM'] });
    await using _receiver = receiver;
    receiver.signal('SIGTERM');
    assert.deepEqual(await receiver.wait(soonMs), good);
  });
});
