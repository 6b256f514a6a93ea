import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CameraRegistry } from '../../src/frames/camera-registry.ts';
import { formatKnown, type KnownCamera, parseKnown } from '../../src/frames/known-camera.ts';
import type { SenderIdentity } from '../../src/protocol/wire2/message.ts';
import { makeSender } from '../support/frames.ts';

let streams = 0;

/** A new run of a sender. */
function connect(cameras: CameraRegistry, name: string, identity?: SenderIdentity, host = '127.0.0.1') {
  const sender = makeSender({ name, stream: `s-${++streams}`, identity, address: `${host}:${streams}` });
  return { sender, camera: cameras.connected(sender) };
}

function makeIdentity(machine: string, device = 'd'): SenderIdentity {
  return { machine, device, version: '0.1.0' };
}

const garden = makeIdentity('m-garden');
const cellar = makeIdentity('m-cellar');

describe('Two cameras of one name', () => {
  test('keep their keys when they come back in another order', () => {
    const cameras = new CameraRegistry();
    const first = [connect(cameras, 'raspberrypi', garden), connect(cameras, 'raspberrypi', cellar)];
    for (const { sender } of first) cameras.disconnected(sender, undefined);
    assert.equal(connect(cameras, 'raspberrypi', cellar).camera.key, 'raspberrypi-2');
    assert.equal(connect(cameras, 'raspberrypi', garden).camera.key, 'raspberrypi');
  });

  test('keep their keys when the receiver starts again, and are offline until they come', () => {
    const before = new CameraRegistry();
    for (const identity of [garden, cellar]) connect(before, 'raspberrypi', identity);
    const cameras = new CameraRegistry(before.known);
    assert.deepEqual(
      cameras.all.map(({ key, isOnline }) => [key, isOnline]),
      [['raspberrypi', false], ['raspberrypi-2', false]], // biome-ignore format: pairs
    );
    assert.equal(connect(cameras, 'raspberrypi', cellar).camera.key, 'raspberrypi-2');
    assert.equal(connect(cameras, 'raspberrypi', garden).camera.key, 'raspberrypi');
  });

  test('of one machine keep their keys by their devices', () => {
    const cameras = new CameraRegistry();
    const [left, right] = [makeIdentity('m', 'left'), makeIdentity('m', 'right')];
    const first = [connect(cameras, 'pi', left), connect(cameras, 'pi', right)];
    for (const { sender } of first) cameras.disconnected(sender, undefined);
    assert.equal(connect(cameras, 'pi', right).camera, first[1]?.camera);
    assert.equal(connect(cameras, 'pi', left).camera, first[0]?.camera);
  });
});

describe('Two sources of a machine that joined', () => {
  const [left, right] = [makeIdentity('m', 'left'), makeIdentity('m', 'right')];
  function join(cameras: CameraRegistry, identity?: SenderIdentity) {
    const sender = makeSender({ name: 'garden', joined: 'garden', stream: `s-${++streams}`, identity });
    return { sender, camera: cameras.connected(sender) };
  }
  function openRegistry(known: readonly KnownCamera[] = []): CameraRegistry {
    const cameras = new CameraRegistry(known);
    cameras.addJoined('garden', 'garden');
    return cameras;
  }

  test('are two cameras, and keep their keys in any order and over a restart of the receiver', () => {
    const before = openRegistry();
    assert.equal(join(before, left).camera.key, 'garden');
    const second = join(before, right);
    assert.equal(second.camera.key, 'garden-2');
    before.disconnected(second.sender, undefined);
    assert.equal(join(before, right).camera, second.camera);
    const after = openRegistry(parseKnown(formatKnown(before.known)));
    assert.equal(join(after, right).camera.key, 'garden-2');
    assert.equal(join(after, left).camera.key, 'garden');
  });

  test('are one camera when the second one replaces the first', () => {
    const cameras = openRegistry();
    const first = join(cameras, left);
    cameras.disconnected(first.sender, undefined);
    assert.equal(join(cameras, right).camera, first.camera);
  });

  test('are one camera when the sender does not say its source', () => {
    const cameras = openRegistry();
    assert.equal(join(cameras, left).camera, join(cameras).camera);
  });

  test('both need the token: a stranger with the name of the second one is a third camera', () => {
    const cameras = openRegistry();
    join(cameras, left);
    const { sender, camera } = join(cameras, right);
    cameras.disconnected(sender, undefined);
    assert.notEqual(connect(cameras, 'garden', right).camera, camera);
    assert.equal(connect(cameras, 'garden-2', right).camera.key, 'garden-2-2');
  });
});

describe('A camera that was away', () => {
  test('is not the one of another machine with its name', () => {
    const cameras = new CameraRegistry();
    const { sender } = connect(cameras, 'pi', garden);
    cameras.disconnected(sender, undefined);
    assert.equal(connect(cameras, 'pi', cellar).camera.key, 'pi-2');
  });

  test('is the same with another device, where its machine has no other camera of that name', () => {
    const cameras = new CameraRegistry();
    const { sender, camera } = connect(cameras, 'pi', makeIdentity('m', 'usb'));
    cameras.disconnected(sender, undefined);
    const again = connect(cameras, 'pi', makeIdentity('m', 'module'));
    assert.equal(again.camera, camera);
    assert.equal(camera.identity?.device, 'module');
  });

  test('is the same where its sender said no identity before, and comes from the same address', () => {
    const before = new CameraRegistry();
    connect(before, 'pi', undefined, '192.168.1.5');
    const cameras = new CameraRegistry(parseKnown(formatKnown(before.known)));
    assert.equal(connect(cameras, 'pi', cellar, '192.168.1.6').camera.key, 'pi-2');
    const updated = connect(cameras, 'pi', garden, '192.168.1.5').camera;
    assert.deepEqual([updated.key, updated.identity], ['pi', garden]);
  });

  test('with an identity is not that of a sender elsewhere that says none', () => {
    const cameras = new CameraRegistry();
    const { sender, camera } = connect(cameras, 'pi', garden, '192.168.1.5');
    cameras.disconnected(sender, undefined);
    assert.equal(connect(cameras, 'pi', undefined, '192.168.1.6').camera.key, 'pi-2');
    assert.equal(connect(cameras, 'pi', garden, '192.168.1.7').camera, camera);
  });

  test('without an identity is told apart from another one by the address, and is one of both elsewhere', () => {
    const cameras = new CameraRegistry();
    const [a, b] = ['192.168.1.5', '192.168.1.6'].map((host) => connect(cameras, 'pi', undefined, host));
    for (const one of [a, b]) if (one !== undefined) cameras.disconnected(one.sender, undefined);
    assert.equal(connect(cameras, 'pi', undefined, '192.168.1.6').camera, b?.camera);
    assert.equal(connect(cameras, 'pi', undefined, '192.168.1.9').camera, a?.camera);
  });

  test('without an identity is the one of that name, which has none if there are two', () => {
    const cameras = new CameraRegistry();
    const owned = connect(cameras, 'pi', garden);
    const plain = connect(cameras, 'pi');
    for (const { sender } of [owned, plain]) cameras.disconnected(sender, undefined);
    assert.equal(connect(cameras, 'pi').camera, plain.camera);
    assert.equal(connect(cameras, 'pi').camera, owned.camera);
  });

  test('is a new one after it was forgotten', () => {
    const cameras = new CameraRegistry();
    const { sender, camera } = connect(cameras, 'pi', garden);
    cameras.disconnected(sender, undefined);
    cameras.forget(camera);
    assert.deepEqual(cameras.known, []);
    const again = connect(cameras, 'pi', cellar);
    assert.equal(again.camera.key, 'pi');
    assert.notEqual(again.camera, camera);
  });
});

describe('Known cameras', () => {
  test('are those whose senders said a name, with their times', () => {
    const cameras = new CameraRegistry();
    const { sender, camera } = connect(cameras, 'Garden 1', garden);
    cameras.connected(makeSender({ stream: 'pi-north-k3x9f2ab' }));
    cameras.disconnected(sender, undefined);
    const { firstSeenUs, changedAtUs: lastSeenUs } = camera;
    assert.deepEqual(cameras.known, [
      { key: 'Garden-1', name: 'Garden 1', identity: garden, host: '127.0.0.1', firstSeenUs, lastSeenUs },
    ]);
  });

  test('of one key are one camera, whatever the file says', () => {
    const times = { firstSeenUs: 1000, lastSeenUs: 2000 };
    const known: KnownCamera = { key: 'pi', name: 'pi', identity: garden, host: undefined, ...times };
    const cameras = new CameraRegistry([known, { ...known, key: 'PI', identity: cellar }]);
    assert.deepEqual(cameras.known, [known]);
  });

  test('that lasted are not displaced by many that pass', () => {
    const lasting = { key: 'pi', name: 'pi', identity: garden, firstSeenUs: 1000, lastSeenUs: 2 ** 33 };
    const cameras = new CameraRegistry([lasting]);
    for (let i = 0; i < 300; i++) cameras.disconnected(connect(cameras, `stranger ${i}`).sender, undefined);
    assert.equal(cameras.known.length, 100);
    assert.deepEqual(cameras.find('pi')?.title, 'pi');
  });

  test('are at most a hundred, whatever the file says', () => {
    const known = Array.from({ length: 150 }, (_, i) => {
      return { key: `pi-${i}`, name: 'pi', identity: garden, firstSeenUs: i, lastSeenUs: i };
    });
    assert.equal(new CameraRegistry(known).known.length, 100);
  });

  test('are announced whenever they change', () => {
    const cameras = new CameraRegistry();
    let changes = 0;
    cameras.onChange = () => changes++;
    const { sender, camera } = connect(cameras, 'pi', garden);
    cameras.disconnected(sender, undefined);
    cameras.forget(camera);
    assert.equal(changes, 3);
  });
});
