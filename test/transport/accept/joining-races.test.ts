import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { CameraRegistry } from '../../../src/frames/camera-registry.ts';
import { JoinedCameras } from '../../../src/frames/joined/joined-cameras.ts';
import { Invitations } from '../../../src/network/joining/invitations.ts';
import { proveJoin } from '../../../src/network/joining/join-key.ts';
import { Joining } from '../../../src/transport/accept/joining.ts';

const session = randomBytes(32);

async function open() {
  const folder = await mkdtemp(join(tmpdir(), 'image-socket-joining-'));
  const path = join(folder, 'joined.json');
  const joined = await JoinedCameras.open(path);
  const invitations = new Invitations();
  const warnings: string[] = [];
  const log = { info: () => undefined, warn: (line: string) => void warnings.push(line) };
  const parts = { joined, invitations, cameras: new CameraRegistry(), log, onJoined: () => undefined };
  return {
    ...{ path, joined, invitations, warnings, joining: new Joining(parts) },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

async function invite(invitations: Invitations, name: string) {
  const invitation = await invitations.invite(name);
  assert.ok(invitation);
  return { type: 'JOIN', proof: proveJoin(invitation.key, 'sender', session), identity: undefined } as const;
}

describe('Joining', () => {
  for (const names of [
    ['garden', 'garden!'],
    ['Garden', 'garden'],
  ]) {
    test(`lets ${names.join(' and ')} join at the same moment, each with a key of its own`, async () => {
      await using site = await open();
      const asked = await Promise.all(names.map((name) => invite(site.invitations, name)));
      const tokens = await Promise.all(asked.map((one) => site.joining.join(one, session, '10.0.0.1:5')));
      assert.deepEqual(
        tokens.map(({ token }) => site.joined.findByToken(token)?.name),
        names,
      );
      const keys = site.joined.all.map(({ key }) => key.toLowerCase());
      assert.deepEqual(keys, ['garden', 'garden-2']);
    });
  }

  test('tells a sender that the receiver cannot keep the camera, and the code is good again', async () => {
    await using site = await open();
    await mkdir(join(site.path, 'taken'), { recursive: true });
    const asked = await invite(site.invitations, 'garden');
    await assert.rejects(site.joining.join(asked, session, '10.0.0.1:5'), (error: Error) => {
      assert.equal(error.name, 'ProtocolError');
      assert.doesNotMatch(error.message, /joined\.json/);
      return true;
    });
    assert.match(site.warnings.join(), /joined\.json: it is a folder .*OUTPUT_FAILED/);
    await rm(site.path, { recursive: true });
    const { token } = await site.joining.join(asked, session, '10.0.0.1:5');
    assert.equal(site.joined.findByToken(token)?.name, 'garden');
  });
});
