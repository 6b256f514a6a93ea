import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { CameraRegistry } from '../../../src/frames/camera-registry.ts';
import { JoinedCameras } from '../../../src/frames/joined/joined-cameras.ts';
import { Invitations } from '../../../src/network/joining/invitations.ts';
import { deriveJoinKey, proveJoin } from '../../../src/network/joining/join-key.ts';
import { Joining } from '../../../src/transport/accept/joining.ts';
import { makeFolder } from '../../e2e/suite.ts';
import { silentLog } from '../../support/trial-log.ts';

const session = randomBytes(32);
const address = '10.0.0.1:50000';

async function open(path: string) {
  const invitations = new Invitations();
  const joined = await JoinedCameras.open(path);
  const parts = { joined, invitations, cameras: new CameraRegistry(), log: silentLog, onJoined: () => undefined };
  return { invitations, joining: new Joining(parts) };
}

async function prove(code: string) {
  const proof = proveJoin(await deriveJoinKey(code), 'sender', session);
  return { type: 'JOIN', proof, identity: undefined } as const;
}

describe('an invitation', () => {
  test('is open until its camera is in the file, and over when a newer one replaces it', async () => {
    await using folder = await makeFolder();
    const { invitations, joining } = await open(join(folder.path, 'joined.json'));
    const first = await invitations.invite('garden');
    const second = await invitations.invite('garden');
    assert.ok(first !== undefined && second !== undefined);
    const judgeAll = () => [first.number, second.number, 99].map((number) => joining.judge(number));
    assert.deepEqual(judgeAll(), ['over', 'open', 'over']);
    const done = joining.join(await prove(second.code), session, address);
    assert.deepEqual(judgeAll(), ['over', 'open', 'over']);
    assert.equal((await done).name, 'garden');
    assert.deepEqual(judgeAll(), ['over', 'joined', 'over']);
  });

  test('is open again when its camera cannot be kept', async () => {
    await using folder = await makeFolder();
    const place = join(folder.path, 'state');
    const { invitations, joining } = await open(join(place, 'joined.json'));
    const invitation = await invitations.invite('garden');
    assert.ok(invitation !== undefined);
    await writeFile(place, 'no folder');
    const failed = joining.join(await prove(invitation.code), session, address);
    await assert.rejects(failed, { code: 'OUTPUT_FAILED' });
    assert.equal(joining.judge(invitation.number), 'open');
  });
});
