import assert from 'node:assert/strict';
import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pause } from '../../src/system/abort.ts';
import type { Child } from '../support/child.ts';
import { installPlainPrograms, readPictures } from '../support/plain-programs.ts';
import { type Runtime, soonMs, startProgram, startReceiver } from '../support/programs.ts';
import { RawClient } from '../support/raw-client.ts';
import { makeFolder } from './suite.ts';

/** The command's variables, a line of JSON and what follows, in a file of the folder that appears when it is whole. */
function recordIn(folder: string): string {
  const part = '"$DIR/.$IMAGE_SOCKET_EVENT"';
  return `DIR='${folder}'; { env | grep ^IMAGE_SOCKET_ | sort; cat; } > ${part}; mv ${part} "$DIR/$IMAGE_SOCKET_EVENT"`;
}

/** The record that a command has written, as soon as it has. */
async function readRecord(folder: string, event: string) {
  const path = join(folder, event);
  const end = performance.now() + soonMs;
  while ((await access(path).catch((error: Error) => error)) !== undefined) {
    if (performance.now() > end) throw new Error(`No --on-${event} command has ended well in ${soonMs} ms`);
    await pause(20, new AbortController().signal);
  }
  const bytes = await readFile(path);
  const start = bytes.indexOf('\n{') + 1;
  const after = bytes.indexOf('\n', start) + 1;
  const variables = Object.fromEntries(
    bytes
      .toString('utf8', 0, start)
      .split('\n')
      .map((line) => line.split(/=(.*)/s).slice(0, 2)),
  );
  return { variables, json: JSON.parse(bytes.toString('utf8', start, after)), rest: bytes.subarray(after) };
}

async function sendPictures(port: number, folder: string): Promise<Uint8Array[]> {
  await installPlainPrograms();
  const pictures = (await readPictures()).slice(0, 10);
  await Promise.all(pictures.map((jpeg, i) => writeFile(join(folder, `${100 + i}.jpg`), jpeg)));
  // On wire 2 from the start: of many pictures at once the first may come before the name of their sender.
  const pace = ['--once', '--interval', '0', '--wire', '2'];
  const args = ['folder', folder, ...pace, '--port', `${port}`, '--name', 'it\'s "$(porch)"'];
  await using sender = startProgram('node', 'image-sender', args);
  assert.equal((await sender.wait(soonMs)).code, 0, sender.lines('stderr').join('\n'));
  return pictures;
}

async function receive(runtime: Runtime, ...args: string[]): Promise<{ receiver: Child; port: number }> {
  return await startReceiver(runtime, ['--quiet', '--duration', '60s', ...args]);
}

/** Commands that are run when something happens. */
export function defineHooks(runtime: Runtime): void {
  describe(`hooks, receiver ${runtime}`, () => {
    test('commands are run when a camera comes, for every N-th frame, when a recording is whole, and when it goes', async () => {
      await using folder = await makeFolder();
      await using media = await makeFolder();
      const record = recordIn(folder.path);
      const kinds = ['connect', 'disconnect', 'frame', 'segment'];
      const hooks = kinds.flatMap((kind) => [`--on-${kind}`, record]);
      const recording = ['--record', media.path, '--on-frame-every', '10', '--hook-shell'];
      const { receiver, port } = await receive(runtime, ...hooks, ...recording);
      await using _receiver = receiver;
      const pictures = await sendPictures(port, media.path);
      const [came, went, frame, segment] = await Promise.all(kinds.map((kind) => readRecord(folder.path, kind)));
      const name = 'it\'s "$(porch)"';
      const camera = 'it-s-porch';
      assert.deepEqual(
        [came?.json.camera, came?.json.name, came?.variables['IMAGE_SOCKET_NAME']],
        [camera, name, name],
      );
      assert.deepEqual([went?.json.frames, went?.json.reason], [10, null]);
      assert.deepEqual([frame?.json.sequence, frame?.json.camera], [10, camera]);
      assert.ok(frame?.rest.equals(pictures[9] as Uint8Array));
      assert.equal(segment?.json.frames, 10);
      await access(segment?.variables['IMAGE_SOCKET_FILE']);
      assert.equal((await receiver.stop()).code, 0);
    });

    test('a command is run for the recording that the stop ends', async () => {
      await using folder = await makeFolder();
      await using media = await makeFolder();
      const hooks = ['--on-segment', recordIn(folder.path), '--hook-shell'];
      const { receiver, port } = await receive(runtime, ...hooks, '--record', media.path, '--count', '10');
      await using _receiver = receiver;
      await sendPictures(port, media.path);
      assert.equal((await receiver.wait(soonMs)).code, 0);
      assert.equal((await readRecord(folder.path, 'segment')).json.frames, 10);
    });

    test('a command is run when a connected camera sends nothing, and one more at the stop, as it goes', async () => {
      await using folder = await makeFolder();
      await installPlainPrograms();
      const [jpeg] = await readPictures();
      const record = recordIn(folder.path);
      const hooks = ['--on-stall', record, '--stall-after', '300ms', '--on-disconnect', record, '--hook-shell'];
      const { receiver, port } = await receive(runtime, ...hooks);
      await using _receiver = receiver;
      using client = await RawClient.open(port);
      await client.send(jpeg as Uint8Array);
      // A second one that is begun: only then is the first one over.
      await client.send(new Uint8Array([0xff, 0xd8]));
      const { json } = await readRecord(folder.path, 'stall');
      assert.deepEqual([json.address, json.frames], [client.label, 1]);
      receiver.signal('SIGTERM');
      assert.equal((await receiver.wait(soonMs)).code, 0);
      assert.equal((await readRecord(folder.path, 'disconnect')).json.address, client.label);
    });

    test('without a shell the words of a command are what they are, and what is for a shell is refused', async () => {
      await using folder = await makeFolder();
      await using media = await makeFolder();
      const file = join(folder.path, 'a file');
      const { receiver, port } = await receive(runtime, '--on-connect', `tee -a '${file}'`);
      await using _receiver = receiver;
      await sendPictures(port, media.path);
      assert.equal((await receiver.stop()).code, 0);
      assert.equal(JSON.parse(await readFile(file, 'utf8')).event, 'connect');
      for (const [command, fault] of [
        ['echo $HOME', /\$ is for a shell: .* --hook-shell/],
        ['no-such-program-anywhere', /no program no-such-program-anywhere in the search path/],
      ] as const) {
        await using refused = startProgram(runtime, 'image-receiver', ['--port', '0', '--on-connect', command]);
        assert.equal((await refused.wait(soonMs)).code, 2);
        assert.match(refused.lines('stderr').join('\n'), fault);
      }
    });

    test('a command that hangs or fails costs a line, and no frame', async () => {
      await using folder = await makeFolder();
      await using media = await makeFolder();
      const hooks = ['--on-connect', 'echo no such lamp >&2; exit 3', '--on-frame', 'exec sleep 60', '--hook-shell'];
      const { receiver, port } = await receive(runtime, ...hooks, '--hook-timeout', '500ms', '--save', folder.path);
      await using _receiver = receiver;
      await sendPictures(port, media.path);
      await receiver.waitForLine('stderr', /--on-connect command for .* ended with status 3: no such lamp/, soonMs);
      await receiver.waitForLine('stderr', /--on-frame command for .* took more than 0.5 s and was ended/, soonMs);
      assert.equal((await receiver.stop()).code, 0);
      await receiver.waitForLine('stderr', /^save +10 +0 +0$/, soonMs);
    });
  });
}
