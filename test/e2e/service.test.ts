import assert from 'node:assert/strict';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { runChild } from '../support/child.ts';
import { tinyJpeg } from '../support/jpeg.ts';
import { NotifySocket } from '../support/notify-socket.ts';
import { type Runtime, soonMs, startProgram, startReceiver } from '../support/programs.ts';
import { verifyUnit } from '../support/systemd.ts';
import { makeFolder } from './suite.ts';

const runtimes: readonly Runtime[] = ['node', 'deno', 'packaged'];
/** Three looks in this. */
const watchdogMs = 3000;

function describeService(socket: NotifySocket): Record<string, string> {
  return { NOTIFY_SOCKET: socket.path, WATCHDOG_USEC: String(watchdogMs * 1000) };
}

/** Something that writes JPEGs into a pipe, or does not. */
async function openSource(folder: string) {
  const path = join(folder, 'pipe');
  await runChild('mkfifo', [path], soonMs);
  const pipe = createWriteStream(path);
  // The program at the other end goes first.
  pipe.on('error', () => undefined);
  let timer: NodeJS.Timeout | undefined;
  return {
    /** Gives a program the pipe as its standard input. */
    before: ['sh', '-c', 'exec "$@" <"$0"', path],
    write: () => void pipe.write(tinyJpeg(64, 48)),
    go: () => {
      timer = setInterval(() => pipe.write(tinyJpeg(64, 48)), 100);
    },
    hang: () => clearInterval(timer),
    [Symbol.dispose]: () => {
      clearInterval(timer);
      pipe.destroy();
    },
  };
}

for (const runtime of runtimes) {
  describe(`service, ${runtime}`, () => {
    test('systemd is told of the first frame, and that all is well while frames flow and not while the source hangs', async () => {
      await using socket = await NotifySocket.open();
      await using folder = await makeFolder();
      const { receiver, port } = await startReceiver('node', ['--quiet']);
      await using _receiver = receiver;
      using source = await openSource(folder.path);
      const options = { before: source.before, env: describeService(socket) };
      await using sender = startProgram(runtime, 'image-sender', ['pipe', '--port', `${port}`], options);
      await socket.next('STATUS');
      assert.ok(socket.words.every((word) => !('READY' in word || 'WATCHDOG' in word)));
      source.write();
      await socket.next('READY');
      source.go();
      assert.match(`${(await socket.next('WATCHDOG'))['STATUS']}`, /\d+ frames? .* fps/);
      await socket.next('WATCHDOG');
      source.hang();
      for (let hungry = 0; hungry < 3; ) hungry = 'WATCHDOG' in (await socket.next('STATUS')) ? 0 : hungry + 1;
      source.go();
      await socket.next('WATCHDOG');
      assert.equal((await sender.stop()).code, 0, sender.lines('stderr').join('\n'));
      assert.equal(socket.words.filter((word) => 'READY' in word).length, 1);
    });

    test('systemd is told when the receiver listens, and that all is well though no sender is there', async () => {
      await using socket = await NotifySocket.open();
      const { receiver } = await startReceiver(runtime, ['--quiet'], { env: describeService(socket) });
      await using _receiver = receiver;
      await socket.next('READY');
      await socket.next('WATCHDOG');
      assert.equal((await receiver.stop()).code, 0);
    });

    test('a unit is all that is printed, and systemd finds no fault with it', async () => {
      for (const [program, args] of [
        ['image-sender', ['camera', '--host', 'my-pc.local', '--size', '1280x720']],
        ['image-receiver', ['--host', '0.0.0.0', '--save', 'pictures']],
      ] as const) {
        await using child = startProgram(runtime, program, ['service', ...args]);
        assert.equal((await child.wait(soonMs)).code, 0);
        assert.equal(await verifyUnit(child.lines('stdout').join('\n')), '');
      }
    });
  });
}

describe('service', () => {
  for (const delivery of ['latest', 'every']) {
    test(`the watchdog is fed while the receiver is away when ${delivery} frames are delivered`, async () => {
      await using socket = await NotifySocket.open();
      // Nothing listens on the port of a receiver that is gone.
      const { receiver, port } = await startReceiver('node');
      await receiver.stop();
      const args = ['pattern', '--port', `${port}`, '--retries', '0', '--deliver', delivery];
      await using sender = startProgram('node', 'image-sender', args, { env: describeService(socket) });
      await sender.waitForLine('stderr', /Cannot connect/, soonMs);
      for (let i = 0; i < 4; i++) await socket.next('WATCHDOG');
      assert.ok(socket.words.some((word) => 'READY' in word));
    });
  }

  test('says which files are not there yet, and prints the unit all the same', async () => {
    await using child = startProgram('node', 'image-receiver', [
      'service',
      '--tls-cert',
      '/no/cert',
      '--tls-key',
      '/no/key',
    ]);
    assert.equal((await child.wait(soonMs)).code, 0);
    assert.match(child.lines('stderr').join('\n'), /there is no \/no\/cert: .*\n.*there is no \/no\/key: /);
    assert.match(child.lines('stdout').join('\n'), /^LoadCredential=tls-key:\/no\/key$/m);
  });

  for (const command of ['pipe', 'doctor']) {
    test(`nothing is printed and the status is 2 when ${command} cannot be a service`, async () => {
      await using child = startProgram('node', 'image-sender', ['service', command]);
      assert.equal((await child.wait(soonMs)).code, 2);
      assert.deepEqual(child.lines('stdout'), []);
      const [line = ''] = child.lines('stderr');
      assert.match(line, new RegExp(`Cannot make a service of '${command}', .*: use camera, rpicam, video, folder or`));
    });
  }
});
