import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, describe, test } from 'node:test';
import { defaultFrameLimits } from '../../src/protocol/frame.ts';
import { JpegSplitter } from '../../src/protocol/jpeg/jpeg-splitter.ts';
import type { CameraInfo } from '../../src/sources/camera-info.ts';
import { FakeRpicam } from '../support/fake-rpicam/fake-rpicam.ts';
import { mediaFile } from '../support/media.ts';
import { isRunning } from '../support/process-status.ts';
import { type Runtime, soonMs, startProgram, startReceiver } from '../support/programs.ts';
import { hash, hashSaved } from '../support/saved.ts';
import { makeFolder } from './suite.ts';

const runtimes: readonly Runtime[] = ['node', 'deno', 'packaged'];
let jpegs: string;
let hashes: string[];

before(async () => {
  jpegs = await mediaFile('jpegs');
  const found = new JpegSplitter(defaultFrameLimits).decode(await readFile(jpegs));
  hashes = found.flatMap((one) => (one.type === 'picture' ? [hash(one.jpeg)] : []));
});

function send(runtime: Runtime, fake: FakeRpicam, port: number, ...args: string[]) {
  const all = ['rpicam', '--name', 'pi-01', '--port', `${port}`, ...args];
  return startProgram(runtime, 'image-sender', all, { env: { PATH: fake.folder } });
}

for (const runtime of runtimes) {
  describe(`image-sender rpicam, ${runtime}`, () => {
    test('every picture is saved bit for bit, in its order, when rpicam-vid crashes and is started again', async () => {
      await using folder = await makeFolder();
      const started = await startReceiver('node', ['--save', folder.path, '--quiet']);
      await using _receiver = started.receiver;
      const crash = { pictures: 30, pieces: [1, 4000, 13], lastWords: ['ERROR: *** it is ill ***'], end: 255 };
      await using fake = await FakeRpicam.withPlan({ jpegs, runs: [crash, { pictures: 50 }] });
      const args = ['--deliver', 'every', '--count', '80', '--size', '640x480', '--fps', '25', '--', '--hflip'];
      await using sender = send(runtime, fake, started.port, ...args);
      assert.deepEqual(await sender.wait(soonMs), { code: 0, signal: null }, sender.lines('stderr').join('\n'));
      assert.equal((await started.receiver.stop()).code, 0);
      assert.deepEqual(await hashSaved(folder.path), [...hashes.slice(0, 30), ...hashes]);
      const lines = sender.lines('stderr').filter((line) => line.includes('rpicam-vid'));
      assert.deepEqual(lines, [
        'image-sender: rpicam-vid ended with status 255 after 30 pictures; it said: ERROR: *** it is ill ***; it is started again in 1 s',
        'image-sender: rpicam-vid delivers pictures again',
      ]);
      const starts = await fake.starts();
      const words = '-n -t 0 --codec mjpeg -q 90 --width 640 --height 480 --framerate 25 --flush -o - --hflip';
      assert.deepEqual(
        starts.map((start) => start.args.join(' ')),
        [words, words],
      );
    });

    test('rpicam-vid is gone and the sender ends with 0 at SIGTERM, of which rpicam-vid takes no notice', async () => {
      await using folder = await makeFolder();
      const started = await startReceiver('node', ['--save', folder.path, '--json']);
      await using receiver = started.receiver;
      const run = { pictures: 100, pauseMs: 10, ignoresTerm: true };
      await using fake = await FakeRpicam.withPlan({ jpegs, runs: [run] });
      await using sender = send(runtime, fake, started.port);
      await receiver.waitForLine('stdout', /"sequence":100,/, soonMs);
      sender.signal('SIGTERM');
      assert.deepEqual(await sender.wait(soonMs), { code: 0, signal: null });
      const [start] = await fake.starts();
      assert.equal(await isRunning(start?.pid ?? 0), false);
      assert.equal((await receiver.stop()).code, 0);
      const saved = await hashSaved(folder.path);
      assert.ok(saved.length > 0);
      for (const one of saved) assert.ok(hashes.includes(one));
    });

    test('the sender ends with 3 and names the package when rpicam-vid is not installed', async () => {
      await using fake = await FakeRpicam.open();
      await using sender = send(runtime, fake, 1);
      assert.equal((await sender.wait(soonMs)).code, 3);
      const lines = sender.lines('stderr').filter((line) => line.includes('SOURCE_FAILED'));
      assert.equal(lines.length, 1, sender.lines('stderr').join('\n'));
      assert.match(lines[0] ?? '', /sudo apt-get install rpicam-apps-lite/);
    });

    test('the list ends with 3, and says nothing of no camera, when the camera modules could not be asked for', async () => {
      await using fake = await FakeRpicam.open();
      await fake.install('rpicam-vid', 'echo ill >&2; exit 5');
      const env = { PATH: fake.folder };
      await using sender = startProgram(runtime, 'image-sender', ['camera', '--list'], { env });
      assert.equal((await sender.wait(soonMs)).code, 3);
      assert.deepEqual(sender.lines('stdout'), []);
      assert.match(
        sender.lines('stderr').join('\n'),
        /Cannot list the camera modules: rpicam-vid ended with status 5; it said: ill/,
      );
    });

    test('the camera modules are listed when rpicam-vid lists some', async () => {
      await using fake = await FakeRpicam.open();
      const list =
        "0 : imx708 [4608x2592 10-bit RGGB] (/base/imx708@1a)\n    Modes: 'SRGGB10_CSI2P' : 1536x864 [120.13 fps - (768, 432)/3072x1728 crop]";
      await fake.install('rpicam-vid', `echo "Available cameras\n-----------------\n${list}\n"`);
      const env = { PATH: fake.folder };
      await using sender = startProgram(runtime, 'image-sender', ['camera', '--list', '--json'], { env });
      assert.equal((await sender.wait(soonMs)).code, 0, sender.lines('stderr').join('\n'));
      const cameras = JSON.parse(sender.lines('stdout').join('')) as CameraInfo[];
      assert.deepEqual(
        cameras.find(({ source }) => source === 'rpicam'),
        {
          source: 'rpicam',
          id: '0',
          name: 'imx708',
          formats: [{ name: 'SRGGB10_CSI2P', sizes: [{ width: 1536, height: 864, rates: [120.13] }] }],
        },
      );
    });
  });
}
