import assert from 'node:assert/strict';
import { mkdir, mkdtempDisposable, readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { describe, test } from 'node:test';
import { adoptEarlier, askReceiver, placeIn } from '../../../src/cli/receiver/cameras/place.ts';
import { CodedError } from '../../../src/errors.ts';
import { readCameras } from '../../../src/frames/camera-memory.ts';
import { formatKnown } from '../../../src/frames/known-camera.ts';
import { ControlServer } from '../../../src/network/control/control-server.ts';
import { silentLog } from '../../support/trial-log.ts';

const port = 18080;
const fileOf = (key: string) =>
  formatKnown([{ key, name: key, identity: undefined, firstSeenUs: 1000, lastSeenUs: 2000 }]);

/** A state folder of its own; the tests of this file run one after the other. */
async function makeState() {
  const home = await mkdtempDisposable(join(tmpdir(), 'place-'));
  const before = process.env['XDG_STATE_HOME'];
  process.env['XDG_STATE_HOME'] = home.path;
  const folder = join(home.path, 'image-socket');
  await mkdir(folder, { mode: 0o700 });
  const place = (host: string) => placeIn(folder, { host, port });
  const run = (host: string) => ControlServer.open(place(host).control, async () => ({ host }));
  const keep = (host: string, key: string) => writeFile(place(host).cameras, fileOf(key));
  /** The cameras with which a receiver there begins. */
  const read = async (host: string) => {
    await adoptEarlier(place(host), port);
    return (await readCameras(place(host).cameras, silentLog)).map(({ key }) => key);
  };
  const dispose = async () => {
    if (before === undefined) delete process.env['XDG_STATE_HOME'];
    else process.env['XDG_STATE_HOME'] = before;
    await home[Symbol.asyncDispose]();
  };
  return { folder, place, run, keep, read, [Symbol.asyncDispose]: dispose };
}

const ask = (host?: string) => askReceiver({ host, port }, { command: 'cameras' });

describe('The files of a receiver', () => {
  test('are those of its port where it listens as most do, and those of its address where it does not', () => {
    const names = ['localhost', '127.0.0.1', '0.0.0.0', '::', '192.168.1.5', '192.168.1.6', 'FE80::1%eth0', '../my_pc'];
    assert.deepEqual(
      names.map((host) => placeIn('/f', { host, port: 8080 }).cameras),
      [
        ...new Array(4).fill('/f/cameras-8080.json'),
        ...['/f/cameras-192.168.1.5-8080.json', '/f/cameras-192.168.1.6-8080.json'],
        ...['/f/cameras-fe80--1-eth0-8080.json', '/f/cameras-..-my-pc-8080.json'],
      ],
    );
  });

  test('begin with those of its port from an earlier version, once', async () => {
    await using state = await makeState();
    assert.deepEqual(await state.read('192.168.1.5'), []);
    await state.keep('localhost', 'earlier');
    await writeFile(state.place('localhost').joined, 'who joined');
    assert.deepEqual(await state.read('192.168.1.5'), ['earlier']);
    assert.equal(await readFile(state.place('192.168.1.5').joined, 'utf8'), 'who joined');
    await state.keep('192.168.1.5', 'own');
    assert.deepEqual([await state.read('192.168.1.5'), await state.read('0.0.0.0')], [['own'], ['earlier']]);
    await writeFile(state.place('192.168.1.5').cameras, formatKnown([]));
    assert.deepEqual(await state.read('192.168.1.5'), []);
  });

  test('do not begin with those of another receiver that runs', async () => {
    await using state = await makeState();
    await state.keep('localhost', 'other');
    const control = await state.run('localhost');
    assert.deepEqual(await state.read('192.168.1.5'), []);
    await control.close();
  });
});

describe('A command asks', () => {
  test('the only receiver with that port, whatever its address is', async () => {
    await using state = await makeState();
    await state.keep('localhost', 'earlier');
    const control = await state.run('192.168.1.5');
    assert.deepEqual((await ask()).answer, { host: '192.168.1.5' });
    await control.close();
    // None runs: the files are used, first those of the port.
    assert.deepEqual(await ask(), { place: state.place('localhost'), answer: undefined });
    await rename(state.place('localhost').cameras, state.place('192.168.1.5').cameras);
    assert.deepEqual(await ask(), { place: state.place('192.168.1.5'), answer: undefined });
    await assert.rejects(ask('192.168.1.6'), (error) => error instanceof CodedError && error.code === 'CONNECT_FAILED');
  });

  test('the one with that address where two have the port, and neither without it', async () => {
    await using state = await makeState();
    const controls = [await state.run('localhost'), await state.run('192.168.1.5')];
    await assert.rejects(ask(), /2 receivers of this machine have that port.*give --host/);
    assert.deepEqual((await ask('192.168.1.5')).answer, { host: '192.168.1.5' });
    assert.deepEqual((await ask('localhost')).answer, { host: 'localhost' });
    for (const control of controls) await control.close();
  });

  test('no receiver of another port', async () => {
    await using state = await makeState();
    const control = await ControlServer.open(
      placeIn(state.folder, { host: 'a', port: port + 1 }).control,
      async () => 1,
    );
    await assert.rejects(ask(), /Cannot find a receiver on port 18080/);
    await control.close();
  });
});
