import assert from 'node:assert/strict';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { readSenderIdentity } from '../../../src/cli/sender/identity.ts';
import { isIdentityPart } from '../../../src/protocol/wire2/message.ts';

const systemId = '0123456789abcdef0123456789abcdef';

/** Reads the identity of a machine with these files; undefined: it has no such file. */
async function read(device: string, { id, serial }: { id?: string; serial?: string }) {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'identity-'));
  const files = {
    systemIds: [join(folder.path, 'none'), join(folder.path, 'id')],
    boardSerial: join(folder.path, 'serial'),
  };
  if (id !== undefined) await writeFile(join(folder.path, 'id'), id);
  if (serial !== undefined) await writeFile(join(folder.path, 'serial'), serial);
  return readSenderIdentity(device, files);
}

describe('The identity of a sender', () => {
  test('is the same at every start', async () => {
    const found = await read('camera /dev/video0', { id: `${systemId}\n`, serial: '10000000abcdef01\0' });
    assert.deepEqual(await read('camera /dev/video0', { id: systemId, serial: '10000000abcdef01' }), found);
    assert.ok(found !== undefined && isIdentityPart(found.machine) && isIdentityPart(found.device));
    assert.doesNotMatch(JSON.stringify(found), /0123456789|abcdef01/);
  });

  test('differs for another board with a copy of the card', async () => {
    const [one, other] = [
      await read('rpicam', { id: systemId, serial: 'a' }),
      await read('rpicam', { id: systemId, serial: 'b' }),
    ];
    assert.notEqual(one?.machine, other?.machine);
    assert.notEqual(one?.device, other?.device);
  });

  test('has the same machine and another device for another camera', async () => {
    const [one, other] = [await read('rpicam 0', { id: systemId }), await read('rpicam 1', { id: systemId })];
    assert.equal(one?.machine, other?.machine);
    assert.notEqual(one?.device, other?.device);
  });

  test('is unknown where the system has no id', async () => {
    for (const id of [undefined, '', 'uninitialized\n'])
      assert.equal(await read('rpicam', id === undefined ? {} : { id }), undefined);
  });
});
