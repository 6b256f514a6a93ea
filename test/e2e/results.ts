import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Child } from '../support/child.ts';
import { installPlainPrograms, readPictures } from '../support/plain-programs.ts';
import { soonMs, startProgram, startReceiver } from '../support/programs.ts';
import { PYTHON } from '../support/python.ts';
import { until } from '../support/until.ts';
import { type Ends, makeFolder } from './suite.ts';

const python = fileURLToPath(new URL('../support/python/', import.meta.url));

interface Line {
  readonly event?: string;
  readonly camera: string;
  readonly sequence: number;
  readonly detections: readonly { readonly label: string; readonly box: readonly number[] }[];
  readonly ageMs: number;
  readonly detectMs: number;
}

const stub = (mode: string, seconds = 0) => `${PYTHON} -B '${python}stub_detector.py' ${mode} ${seconds}`;

function readLines(sender: Child): Line[] {
  return sender.lines('stdout').map((line) => JSON.parse(line) as Line);
}

const readResults = (sender: Child): Line[] => readLines(sender).filter(({ event }) => event === undefined);

async function makePictures(folder: string): Promise<void> {
  await installPlainPrograms();
  const pictures = (await readPictures()).slice(0, 10);
  await Promise.all(pictures.map((jpeg, i) => writeFile(join(folder, `${100 + i}.jpg`), jpeg)));
}

/** Results of a detector, from the picture to a program at the camera. */
export function defineResults(ends: Ends): void {
  const receive = (...args: string[]) => startReceiver(ends.receiver, ['--quiet', '--duration', '120s', ...args]);
  const send = (port: number, folder: string, args: readonly string[], env = {}) => {
    const pace = ['folder', folder, '--fps', '30', '--deliver', 'latest', '--name', 'garden'];
    return startProgram(ends.sender, 'image-sender', [...pace, '--port', `${port}`, ...args], { env });
  };

  describe(`results, sender ${ends.sender}, receiver ${ends.receiver}`, () => {
    test('come back to the sender of the frame, each about its frame', async () => {
      await using folder = await makeFolder();
      await makePictures(folder.path);
      const { receiver, port } = await receive('--detect', stub('good'));
      await using _receiver = receiver;
      await using sender = send(port, folder.path, ['--results', '--result-max-age', '1m']);
      await until(() => readResults(sender).length >= 50);
      assert.equal(readLines(sender)[0]?.event, 'fresh');
      for (const { camera, sequence, detections, ageMs, detectMs } of readResults(sender)) {
        const n = sequence % 1000;
        assert.deepEqual(detections[0]?.box, [n % 32, Math.floor(n / 32), (n % 32) + 1, Math.floor(n / 32) + 1]);
        assert.equal(camera, 'garden');
        assert.ok(ageMs >= detectMs && detectMs > 0);
      }
    });

    test('light the lamp of the page, which goes to its safe state when the detector is gone', async () => {
      await using folder = await makeFolder();
      await makePictures(folder.path);
      const log = join(folder.path, 'lamp.log');
      const readLamp = async () => (await readFile(log, 'utf8').catch(() => '')).trim().split('\n');
      const { receiver, port } = await receive('--detect', stub('good'));
      await using _receiver = receiver;
      const args = ['--on-result', `${PYTHON} -B '${python}lamp.py'`, '--result-max-age', '2s', '--retries', '0'];
      const env = { PYTHONPATH: `${python}fake_gpiozero`, LAMP_LOG: log };
      await using sender = send(port, folder.path, args, env);
      // On at the start; off, as the detector sees things and no person.
      await until(async () => (await readLamp()).at(-1) === '17 0', 'the lamp to go off', soonMs);
      assert.equal((await readLamp())[0], '17 1');
      receiver.signal('SIGKILL');
      await until(async () => (await readLamp()).at(-1) === '17 1', 'the lamp to go on', soonMs);
      sender.signal('SIGTERM');
      assert.equal((await sender.wait(soonMs)).code, 0);
      assert.match(sender.lines('stderr').join('\n'), /results: \d+ handed over, \d+ too old, 0 dropped/);
    });

    test('cannot come when the receiver has no detector, which the sender says', async () => {
      await using folder = await makeFolder();
      await makePictures(folder.path);
      const { receiver, port } = await receive();
      await using _receiver = receiver;
      await using sender = send(port, folder.path, ['--results', '--wire', '2', '--count', '5']);
      assert.equal((await sender.wait(soonMs)).code, 0);
      const told = sender.lines('stderr').filter((line) => line.includes('The receiver has no detector'));
      assert.equal(told.length, 1);
      await using doctor = startProgram(ends.sender, 'image-sender', [
        'doctor',
        '--host',
        '127.0.0.1',
        '--port',
        `${port}`,
      ]);
      await doctor.wait(soonMs);
      assert.doesNotMatch(doctor.lines('stdout').join('\n'), /detector/);
    });

    test('are announced to senders and to the doctor, with the age of the last one', async () => {
      await using folder = await makeFolder();
      await makePictures(folder.path);
      const { receiver, port } = await receive('--detect', stub('good'));
      await using _receiver = receiver;
      const examine = async () => {
        await using doctor = startProgram(ends.sender, 'image-sender', [
          'doctor',
          '--host',
          '127.0.0.1',
          '--port',
          `${port}`,
        ]);
        await doctor.wait(soonMs);
        return doctor.lines('stdout').join(' ').replaceAll(/\s+/g, ' ');
      };
      assert.match(await examine(), /it has a detector: it has answered for no picture yet/);
      await using sender = send(port, folder.path, ['--results', '--result-max-age', '1m', '--wire', '2']);
      await until(() => readResults(sender).length > 5);
      assert.ok(!sender.lines('stderr').some((line) => line.includes('no detector')));
      assert.match(await examine(), /it has a detector: its last answer was \d+ ms old/);
    });

    test('do not come over the classic wire, and nothing is disturbed', async () => {
      await using folder = await makeFolder();
      await makePictures(folder.path);
      const { receiver, port } = await receive('--detect', stub('good'), '--json');
      await using _receiver = receiver;
      await using sender = send(port, folder.path, ['--results', '--wire', 'classic', '--count', '40']);
      assert.equal((await sender.wait(soonMs)).code, 0, sender.lines('stderr').join('\n'));
      assert.deepEqual(readResults(sender), []);
      await until(() => receiver.lines('stdout').length === 40);
    });

    test('stop while the detector hangs, and the pictures go on', async () => {
      await using folder = await makeFolder();
      await makePictures(folder.path);
      const { receiver, port } = await receive('--detect', stub('hangs'), '--json');
      await using _receiver = receiver;
      await using sender = send(port, folder.path, ['--results', '--result-max-age', '300ms']);
      await until(() => receiver.lines('stdout').length > 30);
      assert.deepEqual(readLines(sender), [{ event: 'stale' }]);
    });
  });
}
