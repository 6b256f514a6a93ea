import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CameraRegistry } from '../../src/frames/camera-registry.ts';
import { CameraForgetter } from '../../src/frames/forget-camera.ts';
import { makeSender } from '../support/frames.ts';
import { LineLog, silentLog } from '../support/trial-log.ts';

const identity = { machine: 'm', device: 'd', version: '0.1.0' };

describe('Expected cameras', () => {
  test('are listed as away before they come, and are not kept until then', () => {
    const cameras = new CameraRegistry([], ['Küche', 'garden']);
    const listed = cameras.all.map(({ key, title, isOnline, firstSeenUs }) => [key, title, isOnline, firstSeenUs]);
    assert.deepEqual(listed, [
      ['Kuche', 'Küche', false, undefined],
      ['garden', 'garden', false, undefined],
    ]);
    assert.deepEqual(cameras.known, []);
  });

  test('are the first that come with their names, with an identity or without', () => {
    const cameras = new CameraRegistry([], ['garden', 'cellar']);
    const garden = cameras.connected(makeSender({ name: 'garden', stream: 'a', identity }));
    const cellar = cameras.connected(makeSender({ name: 'cellar' }));
    assert.deepEqual([garden.key, cellar.key, cameras.all.length], ['garden', 'cellar', 2]);
    assert.ok(cameras.expected.has(garden) && garden.firstSeenUs !== undefined);
    assert.deepEqual(cameras.known.map(({ key }) => key), ['cellar', 'garden']); // biome-ignore format: one list
  });

  test('are those that an earlier run knew, by their names or by the key of a second one', () => {
    const times = { firstSeenUs: 1000, lastSeenUs: 2000 };
    const known = ['garden', 'garden-2'].map((key) => ({ key, name: 'garden', identity, ...times }));
    const cameras = new CameraRegistry(known, ['garden', 'garden-2']);
    assert.deepEqual(
      [...cameras.expected].map(({ key, firstSeenUs }) => [key, firstSeenUs]),
      [['garden', 1000], ['garden-2', 1000]], // biome-ignore format: pairs
    );
  });

  test('of two names with one key are two cameras', () => {
    const cameras = new CameraRegistry([], ['a b', 'a-b']);
    assert.deepEqual(cameras.all.map(({ key, title }) => [key, title]), [['a-b', 'a b'], ['a-b-2', 'a-b']]); // biome-ignore format: pairs
    assert.equal(cameras.connected(makeSender({ name: 'a-b', stream: 's' })).key, 'a-b-2');
  });

  test('are not forgotten by themselves, however many others pass', () => {
    const known = { key: 'old', name: 'old', identity, firstSeenUs: 1, lastSeenUs: 2 };
    const cameras = new CameraRegistry([known], ['old', 'never']);
    for (let i = 0; i < 300; i++) {
      const sender = makeSender({ name: `stranger ${i}`, stream: `s${i}` });
      cameras.connected(sender);
      cameras.disconnected(sender, undefined);
    }
    assert.deepEqual([cameras.find('old')?.firstSeenUs, cameras.find('never')?.title], [1, 'never']);
    assert.equal(cameras.all.length, 102);
  });

  test('stay in the list when a user has them forgotten, and are the next that come', async () => {
    const known = { key: 'garden', name: 'garden', identity, firstSeenUs: 1, lastSeenUs: 2 };
    const cameras = new CameraRegistry([known], ['garden']);
    const log = new LineLog();
    assert.equal(await new CameraForgetter(cameras, log).forget('garden'), undefined);
    assert.deepEqual(log.lines, ['forgot the camera garden; it stays in the list, as --expect names it']);
    assert.deepEqual([cameras.known, cameras.find('garden')?.firstSeenUs], [[], undefined]);
    const other = { ...identity, machine: 'other' };
    const camera = cameras.connected(makeSender({ name: 'garden', stream: 'a', identity: other }));
    assert.deepEqual([camera.key, cameras.expected.has(camera)], ['garden', true]);
  });
});

describe('A camera that a user has forgotten', () => {
  test('must be there, and be away', async () => {
    const cameras = new CameraRegistry();
    const forgetter = new CameraForgetter(cameras, silentLog);
    const refuse = async (key: string) => (await forgetter.forget(key)) ?? '';
    assert.match(await refuse('garden'), /^Cannot forget garden as there is no such camera: none is known$/);
    const sender = makeSender({ name: 'garden' });
    cameras.connected(sender);
    assert.match(await refuse('cellar'), /: the cameras are garden$/);
    assert.match(await refuse('garden'), /as it is sending: stop its image-sender first$/);
    cameras.disconnected(sender, undefined);
    assert.equal(await refuse('garden'), '');
    assert.deepEqual(cameras.all, []);
  });

  test('may be online if it has joined: its membership and its connection end', async () => {
    const cameras = new CameraRegistry();
    const forgetter = new CameraForgetter(cameras, silentLog);
    const sender = makeSender({ name: 'garden', joined: 'garden' });
    cameras.addJoined('garden', 'garden');
    cameras.connected(sender);
    const ended: string[] = [];
    forgetter.membership = {
      joined: { find: (key) => ({ key, name: key, tokenHash: '', joinedAtUs: 0 }) },
      forget: async (key) => ended.push(key) > 0,
    };
    assert.equal(await forgetter.forget('garden'), undefined);
    assert.deepEqual([ended, cameras.all.length], [['garden'], 1]);
  });
});
