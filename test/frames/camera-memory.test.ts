import assert from 'node:assert/strict';
import { mkdtempDisposable, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { CameraMemory, readCameras } from '../../src/frames/camera-memory.ts';
import { CameraRegistry } from '../../src/frames/camera-registry.ts';
import { formatKnown, type KnownCamera, parseKnown } from '../../src/frames/known-camera.ts';
import { makeSender } from '../support/frames.ts';
import { LineLog } from '../support/trial-log.ts';

const identity = { machine: 'm', device: 'd', version: '0.1.0' };
const known: KnownCamera[] = [
  {
    key: 'a',
    name: 'a <b>',
    identity,
    host: '192.168.1.5',
    firstSeenUs: 1_700_000_000_000_000,
    lastSeenUs: 1_750_000_000_123_000,
  },
  { key: 'a-2', name: 'ä', identity: undefined, firstSeenUs: 0, lastSeenUs: 1000 },
];

describe('A file of known cameras', () => {
  test('gives back what was written', () => {
    assert.deepEqual(parseKnown(formatKnown(known)), known);
  });

  test('is refused where it is another one', () => {
    const camera = { key: 'a', name: 'a', firstSeen: '2026-01-31T12:00:00Z', lastSeen: '2026-01-31T12:00:00Z' };
    const wrong = [null, {}, { cameras: {} }, { cameras: [null] }, { cameras: [{ ...camera, key: '../etc' }] }];
    wrong.push({ cameras: [{ ...camera, name: 'a\n' }] }, { cameras: [{ ...camera, lastSeen: 'then' }] });
    wrong.push({ cameras: [{ ...camera, firstSeen: '-000001-01-01T00:00:00Z' }] });
    for (const content of wrong) assert.throws(() => parseKnown(JSON.stringify(content)), JSON.stringify(content));
    const [read] = parseKnown(JSON.stringify({ cameras: [{ ...camera, lastSeen: '+275760-09-13T00:00:00Z' }] }));
    assert.ok(read !== undefined && read.lastSeenUs <= Date.now() * 1000);
    assert.equal(parseKnown(formatKnown([read])).length, 1);
  });
});

describe('The memory of a receiver', () => {
  test('has its cameras at the next start, in a file that nobody else can read', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'memory-'));
    const path = join(folder.path, 'deeper', 'cameras.json');
    const log = new LineLog();
    const cameras = new CameraRegistry(await readCameras(path, log));
    const memory = new CameraMemory(path, cameras, log);
    cameras.connected(makeSender({ name: 'garden', stream: 's', identity }));
    await memory.close();
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    const [found] = await readCameras(path, log);
    assert.deepEqual([found?.key, found?.name, found?.identity], ['garden', 'garden', identity]);
    assert.deepEqual(log.lines, []);
  });

  test('is empty after a file that is damaged, which is kept', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'memory-'));
    const path = join(folder.path, 'cameras.json');
    for (const content of ['{"cameras": [', 'x'.repeat(1_000_001)]) {
      await writeFile(path, content);
      const log = new LineLog();
      assert.deepEqual(await readCameras(path, log), []);
      assert.match(
        log.lines.join('\n'),
        /Cannot read the names of cameras in .*cameras\.json.damaged, and all cameras are new/,
      );
      assert.equal(await readFile(`${path}.damaged`, 'utf8'), content);
    }
  });

  test('says once that it cannot be written', async () => {
    const log = new LineLog();
    const cameras = new CameraRegistry();
    const memory = new CameraMemory('/proc/none/cameras.json', cameras, log);
    cameras.connected(makeSender({ name: 'garden', stream: 's', identity }));
    await memory.close();
    assert.match(
      log.lines.join('\n'),
      /^Cannot keep the names of cameras in \/proc\/none\/cameras\.json: .* Set XDG_STATE_HOME/,
    );
    assert.equal(log.lines.length, 1);
  });
});
