import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { CameraRegistry } from '../../../src/frames/camera-registry.ts';
import { JoinedCameras } from '../../../src/frames/joined/joined-cameras.ts';
import { Invitations } from '../../../src/network/joining/invitations.ts';
import { proveJoin } from '../../../src/network/joining/join-key.ts';
import { admitSender } from '../../../src/transport/accept/admit-sender.ts';
import { Joining } from '../../../src/transport/accept/joining.ts';
import { makeFolder } from '../../e2e/suite.ts';
import { hello, makeSender } from '../../support/frames.ts';
import { silentLog } from '../../support/trial-log.ts';

const session = randomBytes(32);
const identityOf = (machine: string, device = 'rpicam') => ({ machine, device, version: '0.1.0' });

/** A receiver that machines can join as the camera garden. */
async function open() {
  const folder = await makeFolder();
  const path = join(folder.path, 'joined.json');
  const start = async () => {
    const invitations = new Invitations();
    const joined = await JoinedCameras.open(path);
    const parts = { joined, invitations, cameras: new CameraRegistry(), log: silentLog, onJoined: () => undefined };
    return { invitations, joining: new Joining(parts) };
  };
  let receiver = await start();
  return {
    restart: async () => {
      receiver = await start();
    },
    /** @returns the token */
    letJoin: async (machine: string | undefined) => {
      const invitation = await receiver.invitations.invite('garden');
      assert.ok(invitation);
      const identity = machine === undefined ? undefined : identityOf(machine, 'none');
      const asked = { type: 'JOIN', proof: proveJoin(invitation.key, 'sender', session), identity } as const;
      return (await receiver.joining.join(asked, session, '10.0.0.1:5')).token;
    },
    /** @returns the key of the camera */
    admit: (token: Uint8Array, machine: string | undefined, device?: string) => {
      const connection = makeSender();
      const identity = machine === undefined ? undefined : identityOf(machine, device);
      const rules = { token: undefined, joining: receiver.joining, isEncrypted: true };
      admitSender({ ...hello, name: 'raspberrypi', token, identity }, connection, rules);
      return connection.joined;
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

describe('The token of a camera that joined', () => {
  test('is good for the machine that joined, whichever of its cameras it sends, also after a restart', async () => {
    await using site = await open();
    const token = await site.letJoin('first');
    assert.equal(site.admit(token, 'first'), 'garden');
    await site.restart();
    assert.equal(site.admit(token, 'first', 'usb'), 'garden');
  });

  test('is rejected from another machine, as one with a copied card, until that has joined', async () => {
    await using site = await open();
    const token = await site.letJoin('first');
    for (const _ of ['at once', 'after a restart']) {
      assert.throws(() => site.admit(token, 'second'), {
        code: 'NOT_JOINED',
        message:
          /^Cannot accept this machine as the camera garden as .*: image-receiver invite CAMERA .* own, and .*garden/,
      });
      await site.restart();
    }
    const next = await site.letJoin('second');
    assert.equal(site.admit(next, 'second'), 'garden');
    assert.throws(() => site.admit(next, 'first'), { code: 'NOT_JOINED' });
  });

  test('is good from any machine where one of the two does not say which it is', async () => {
    await using site = await open();
    const token = await site.letJoin('first');
    assert.equal(site.admit(token, undefined), 'garden');
    const older = await site.letJoin(undefined);
    assert.equal(site.admit(older, 'first'), 'garden');
    assert.equal(site.admit(older, 'second'), 'garden');
  });
});
