import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { makeKey } from '../../src/frames/camera-key.ts';
import { CameraRegistry } from '../../src/frames/camera-registry.ts';
import { historySeconds } from '../../src/frames/history.ts';
import { makeReceived, makeSender } from '../support/frames.ts';

describe('makeKey', () => {
  test('is what the sender calls itself, as far as it may stand in an address and a path', () => {
    const keys: Record<string, string> = {
      garden: 'garden',
      'Küche 2': 'Kuche-2',
      '../../etc': 'etc',
      '<b>x</b>': 'b-x-b',
      '...': 'camera',
      カメラ: 'camera-020kufn',
      'Двор 1': '1-12120ef',
    };
    for (const [name, key] of Object.entries(keys)) {
      for (const form of ['NFC', 'NFD']) assert.equal(makeKey(makeSender({ name: name.normalize(form) })), key);
    }
  });

  test('is the readable part of the stream without a name, and the address without either', () => {
    assert.equal(makeKey(makeSender({ stream: 'pi-north-k3x9f2ab' })), 'pi-north');
    // Nobody knows which part of another sender's stream id may be known.
    assert.equal(makeKey(makeSender({ stream: 'feedfeedfeedfeed', address: '192.168.1.7:50412' })), '192.168.1.7');
    assert.equal(makeKey(makeSender({ address: '192.168.1.7:50412' })), '192.168.1.7');
    assert.equal(makeKey(makeSender({ address: '[fe80::1]:50412' })), 'fe80-1');
  });

  test('leads out of no folder and is no markup, whatever the sender says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (name) => {
        assert.match(makeKey(makeSender({ name })), /^[0-9A-Za-z_][0-9A-Za-z._-]{0,47}$/);
      }),
    );
  });
});

function connect(cameras: CameraRegistry, name: string, stream?: string) {
  const sender = makeSender({ name, stream });
  return { sender, camera: cameras.connected(sender) };
}

describe('CameraRegistry', () => {
  test('knows a camera again after it was away, with all that it sent', () => {
    const cameras = new CameraRegistry();
    const first = connect(cameras, 'pi', 'pi-aaaaaaaa');
    Object.assign(first.sender, { frames: 5, bytes: 50 });
    cameras.disconnected(first.sender, 'TORN_FRAME');
    assert.equal(first.camera.isOnline, false);
    const second = connect(cameras, 'pi', 'pi-bbbbbbbb');
    second.sender.frames = 2;
    assert.equal(second.camera, first.camera);
    assert.deepEqual(second.camera.counts, { frames: 7, bytes: 50, dropped: 0, duplicates: 0, skipped: 0 });
    assert.equal(second.camera.connectionCount, 2);
    assert.deepEqual([...second.camera.failures], [['TORN_FRAME', 1]]);
  });

  test('tells two cameras of one name apart while both are there', () => {
    const cameras = new CameraRegistry();
    connect(cameras, 'pi', 'pi-aaaaaaaa');
    const { camera } = connect(cameras, 'pi', 'pi-bbbbbbbb');
    assert.deepEqual([camera.key, camera.title], ['pi-2', 'pi']);
    assert.deepEqual(
      cameras.all.map(({ key }) => key),
      ['pi', 'pi-2'],
    );
  });

  test('is the same camera when a stream has a new connection before the old one is gone', () => {
    const cameras = new CameraRegistry();
    const first = connect(cameras, 'pi', 'pi-aaaaaaaa');
    const second = connect(cameras, 'pi', 'pi-aaaaaaaa');
    assert.equal(first.camera, second.camera);
    cameras.disconnected(first.sender, undefined);
    assert.equal(second.camera.isOnline, true);
  });

  test('takes connections that post under one name as one camera, also at the same time', () => {
    const cameras = new CameraRegistry();
    assert.equal(connect(cameras, 'garden').camera, connect(cameras, 'garden').camera);
  });

  test('takes posts of one name as one camera, and two that have no end as two, each the same again', () => {
    const cameras = new CameraRegistry();
    const post = (isEndless: boolean) => {
      const sender = makeSender({ name: 'garden', isEndless });
      return { sender, camera: cameras.connected(sender) };
    };
    const [endless, other, single] = [post(true), post(true), post(false)];
    assert.deepEqual([endless.camera.key, other.camera.key, single.camera.key], ['garden', 'garden-2', 'garden-3']);
    cameras.disconnected(endless.sender, undefined);
    // Rather the one that is there than one that is away.
    const second = post(false);
    assert.equal(second.camera, single.camera);
    for (const { sender } of [single, second]) cameras.disconnected(sender, undefined);
    assert.equal(post(true).camera, endless.camera);
    other.sender.isEndless = false;
    assert.equal(post(false).camera, other.camera);
  });

  test('keeps cameras of different names apart when they have one key, whether these are there or away', () => {
    const cameras = new CameraRegistry();
    const keys = (names: string[]) => names.map((name) => connect(cameras, name).camera.key);
    assert.deepEqual(keys(['a b', 'a-b', 'a b', 'a-b', 'a-b-2']), ['a-b', 'a-b-2', 'a-b', 'a-b-2', 'a-b-2-2']);
    for (const { connections: senders } of cameras.all)
      for (const sender of [...senders]) cameras.disconnected(sender, undefined);
    assert.deepEqual(keys(['a-b-2', 'a-b', 'a/b', 'a b']), ['a-b-2-2', 'a-b-2', 'a-b-3', 'a-b']);
  });

  test('keeps cameras apart whose names differ in capital letters alone, for disks that do not tell these apart', () => {
    const cameras = new CameraRegistry();
    const keys = ['Cam', 'cam', 'CAM'].map((name) => connect(cameras, name).camera.key);
    assert.deepEqual(keys, ['Cam', 'cam-2', 'CAM-3']);
    assert.deepEqual(
      cameras.all.map(({ title }) => title),
      ['CAM', 'Cam', 'cam'],
    );
  });

  test('takes the camera whose stream comes again rather than another of its name that is away', () => {
    const cameras = new CameraRegistry();
    const [first, second] = [connect(cameras, 'pi', 'pi-aaaaaaaa'), connect(cameras, 'pi', 'pi-bbbbbbbb')];
    cameras.disconnected(first.sender, undefined);
    assert.equal(connect(cameras, 'pi', 'pi-bbbbbbbb').camera, second.camera);
    assert.equal(connect(cameras, 'pi', 'pi-cccccccc').camera, first.camera);
  });

  test('is the same camera when its name comes after its first picture', () => {
    const cameras = new CameraRegistry();
    const sender = makeSender({ stream: 'front-door-aaaaaaaa' });
    const camera = cameras.connected(sender);
    cameras.disconnected(sender, undefined);
    assert.equal(connect(cameras, 'front door', 'front-door-aaaaaaaa').camera, camera);
    assert.equal(camera.title, 'front door');
  });

  test('keeps streams apart that begin alike, as long as only the beginnings of their names are known, and from cameras called so', () => {
    const cameras = new CameraRegistry();
    const streams = ['garden-left-ca-aaaaaaaa', 'garden-left-ca-bbbbbbbb'];
    const arrive = (stream: string) => cameras.connected(makeSender({ stream }));
    const [first, second] = streams.map(arrive);
    assert.notEqual(first, second);
    for (const { connections: senders } of cameras.all)
      for (const one of [...senders]) cameras.disconnected(one, undefined);
    assert.deepEqual(streams.map(arrive), [first, second]);
    for (const { connections: senders } of cameras.all)
      for (const one of [...senders]) cameras.disconnected(one, undefined);
    const keys = [
      arrive('garden-left-ca-cccccccc'),
      connect(cameras, 'garden-left-ca', 'garden-left-ca-dddddddd').camera,
      connect(cameras, 'garden-left-camera', 'garden-left-ca-eeeeeeee').camera,
    ].map(({ key }) => key);
    assert.deepEqual(keys, ['garden-left-ca-3', 'garden-left-ca-4', 'garden-left-camera']);
  });

  test('remembers a hundred cameras that are away, and forgets those that went first', () => {
    const cameras = new CameraRegistry();
    for (let i = 0; i < 150; i++) cameras.disconnected(connect(cameras, `c${i}`).sender, undefined);
    assert.equal(cameras.all.length, 100);
    assert.equal(cameras.find('c0'), undefined);
    assert.ok(cameras.find('c149'));
  });

  test('counts latency only where the clocks are compared, and keeps two minutes of both', () => {
    const cameras = new CameraRegistry();
    const { sender, camera } = connect(cameras, 'pi');
    for (let second = 0; second < 200; second++) {
      const receivedAtUs = second * 1e6;
      cameras.countFrame(makeReceived({ connection: sender, receivedAtUs, latency: { us: 3000, errorUs: 1 } }));
      cameras.countFrame(makeReceived({ connection: sender, receivedAtUs, capturedAtUs: receivedAtUs - 9000 }));
    }
    assert.equal(camera.latency.count, 200);
    assert.equal(camera.latency.counts[2], 200);
    const seconds = camera.history.since(199e6);
    assert.equal(seconds.length, historySeconds);
    assert.deepEqual(seconds.at(-1), { at: 199, frames: 2, latencyMs: 9 });
  });
});

test('a camera is found by the name that its sender says, however it is composed', () => {
  const registry = new CameraRegistry();
  const [upper, lower] = ['Cam', 'cam'].map((name) => registry.connected(makeSender({ name })));
  assert.equal(registry.findTitle('Cam'), upper);
  assert.equal(registry.findTitle('cam'), lower);
  const access = registry.connected(makeSender({ name: 'T\u00fcr' }));
  assert.equal(registry.findTitle('Tu\u0308r'), access);
  assert.equal(registry.findTitle('Tur'), undefined);
});
