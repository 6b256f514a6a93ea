import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { JoinedCameras } from '../../../src/frames/joined/joined-cameras.ts';
import { makeSender } from '../../support/frames.ts';

async function makePlace(): Promise<AsyncDisposable & { readonly path: string; readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'image-socket-joined-'));
  const dispose = () => rm(folder, { recursive: true, force: true });
  return { folder, path: join(folder, 'state', 'joined.json'), [Symbol.asyncDispose]: dispose };
}

describe('JoinedCameras', () => {
  test('know a camera by its token after the next start, and keep no token', async () => {
    await using place = await makePlace();
    const cameras = await JoinedCameras.open(place.path);
    assert.equal(cameras.isInUse, false);
    const token = await cameras.add('Garden', 'Garden');
    assert.match(new TextDecoder().decode(token), /^[0-9A-Za-z_-]{43}$/);
    const later = await JoinedCameras.open(place.path);
    assert.equal(later.findByToken(token)?.name, 'Garden');
    assert.equal(later.findByToken(token.slice(1)), undefined);
    assert.equal(later.findByToken(new Uint8Array()), undefined);
    assert.ok(!(await readFile(place.path, 'utf8')).includes(new TextDecoder().decode(token)));
    assert.equal((await stat(place.path)).mode & 0o777, 0o600);
  });

  test('keep the machine that joined, and read a file that has none', async () => {
    await using place = await makePlace();
    const cameras = await JoinedCameras.open(place.path);
    await cameras.add('garden', 'garden', 'm9f7x0b2t4');
    await cameras.add('cellar', 'cellar');
    const later = await JoinedCameras.open(place.path);
    assert.deepEqual(
      later.all.map(({ machine }) => machine),
      ['m9f7x0b2t4', undefined],
    );
  });

  test('let a camera that joins again use its new token alone', async () => {
    await using place = await makePlace();
    const cameras = await JoinedCameras.open(place.path);
    const first = await cameras.add('garden', 'garden');
    const second = await cameras.add('garden', 'garden');
    assert.equal(cameras.findByToken(first), undefined);
    assert.equal(cameras.findByToken(second)?.key, 'garden');
    assert.equal(cameras.all.length, 1);
  });

  test('refuse a connection with the name or the key of a camera, unless it gave the token', async () => {
    await using place = await makePlace();
    const cameras = await JoinedCameras.open(place.path);
    await cameras.add('Gärten', 'Garten');
    for (const name of ['Gärten', 'Ga\u0308rten', 'garten', 'GARTEN', 'Garten']) {
      assert.throws(() => cameras.checkName(makeSender({ name })), { code: 'NAME_JOINED' }, name);
    }
    cameras.checkName(makeSender({ name: 'Gärten', joined: 'Garten' }));
    cameras.checkName(makeSender({ name: 'Gärten 2' }));
    cameras.checkName(makeSender());
    await cameras.add('127.0.0.1', '127.0.0.1');
    assert.throws(() => cameras.checkName(makeSender()), { code: 'NAME_JOINED' });
  });

  test('forget a camera, so that its token and its name are free', async () => {
    await using place = await makePlace();
    const cameras = await JoinedCameras.open(place.path);
    const token = await cameras.add('garden', 'garden');
    assert.equal(await cameras.forget('GARDEN'), true);
    assert.equal(await cameras.forget('garden'), false);
    assert.equal(cameras.findByToken(token), undefined);
    cameras.checkName(makeSender({ name: 'garden' }));
    const later = await JoinedCameras.open(place.path);
    assert.deepEqual([later.all.length, later.isInUse], [0, true]);
  });

  test('end the receiver where their file is damaged, as a stranger could be any camera then', async () => {
    await using place = await makePlace();
    const path = join(place.folder, 'joined.json');
    const camera = { key: 'a', name: 'a', tokenHash: '0'.repeat(64), joinedAt: '2026-01-31T12:00:00.000000Z' };
    const texts = ['', '{}', 'null', '{"joined":[7]}'].concat(
      [{ key: '../a' }, { name: '' }, { tokenHash: 'x' }, { joinedAt: 'x' }, { machine: 'A b' }].map((bad) =>
        JSON.stringify({ joined: [{ ...camera, ...bad }] }),
      ),
    );
    for (const text of texts) {
      await writeFile(path, text);
      await assert.rejects(
        JoinedCameras.open(path),
        { code: 'BAD_OPTION', message: /^(?!.*destructure).*Mend it, or remove it/ },
        text,
      );
    }
    await writeFile(path, JSON.stringify({ joined: [camera] }));
    assert.equal((await JoinedCameras.open(path)).all.length, 1);
  });

  test('add no camera that cannot be kept', async () => {
    await using place = await makePlace();
    const path = join(place.folder, 'file', 'joined.json');
    await writeFile(join(place.folder, 'file'), '');
    await chmod(place.folder, 0o700);
    const cameras = await JoinedCameras.open(place.path);
    const broken = await JoinedCameras.open(path).catch(() => undefined);
    assert.equal(broken, undefined);
    await rm(join(place.folder, 'state'), { recursive: true, force: true });
    await writeFile(join(place.folder, 'state'), '');
    await assert.rejects(cameras.add('garden', 'garden'), { code: 'OUTPUT_FAILED' });
    assert.equal(cameras.all.length, 0);
  });
});
