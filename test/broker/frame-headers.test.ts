import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { headers } from '@nats-io/transport-node';
import fc from 'fast-check';
import { decodeFacts, encodeFacts, type FrameFacts } from '../../src/broker/frame-headers.ts';

const facts: FrameFacts = {
  number: 42,
  width: 480,
  height: 315,
  stream: 'garden-k3x9f2ab',
  name: 'Gärten & <b>',
  sender: '192.168.1.7:50412',
  capturedAtUs: 1_769_860_800_123_456,
  receivedAtUs: 1_769_860_800_137_012,
  age: { us: 3556, errorUs: 213, atUs: 7_000_001 },
  publisher: 'my-pc-k3x9f2ab',
};

describe('headers of a frame', () => {
  test('are as the README says', () => {
    assert.deepEqual(encodeFacts(facts).toString().split('\r\n').slice(1, -2), [
      'Frame-Number: 42',
      'Frame-Size: 480x315',
      'Frame-Publisher: my-pc-k3x9f2ab',
      'Frame-Stream: garden-k3x9f2ab',
      'Frame-Name: Gärten & <b>',
      'Frame-Sender: 192.168.1.7:50412',
      'Frame-Captured-At: 2026-01-31T12:00:00.123456Z',
      'Frame-Received-At: 2026-01-31T12:00:00.137012Z',
      'Frame-Lateness-Ms: 3.556',
      'Frame-Lateness-Error-Ms: 0.213',
      'Frame-Clock-Us: 7000001',
    ]);
  });

  test('tell the same when they are read', () => {
    const { width: _width, height: _height, ...others } = facts;
    assert.deepEqual(decodeFacts(encodeFacts(facts)), others);
  });

  test('leave out what is not known', () => {
    const unknown = { stream: undefined, name: undefined, sender: undefined, capturedAtUs: undefined };
    const bare = { ...facts, ...unknown, receivedAtUs: undefined, age: undefined };
    const found = encodeFacts(bare);
    assert.equal(found.keys().length, 3);
    const { width: _width, height: _height, ...others } = bare;
    assert.deepEqual(decodeFacts(found), others);
  });

  test('are none of a frame when number or publisher are missing or wrong', () => {
    assert.equal(decodeFacts(undefined), undefined);
    for (const [number, publisher] of [
      ['', 'a'],
      ['1.5', 'a'],
      ['99999999999999999', 'a'],
      ['x', 'a'],
      ['1', ''],
      ['1', 'a b'],
      ['1', 'a'.repeat(65)],
    ] as const) {
      const found = headers();
      found.set('Frame-Number', number);
      found.set('Frame-Publisher', publisher);
      assert.equal(decodeFacts(found), undefined, `${number} ${publisher}`);
    }
  });

  test('are taken as far as they can be when somebody else wrote them', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 100 });
    fc.assert(
      fc.property(text, text, text, text, (stream, name, sender, time) => {
        const found = headers();
        const set = (key: string, value: string) => found.set(key, value.replaceAll(/[\r\n\0]/g, ''));
        set('Frame-Number', '7');
        set('Frame-Publisher', 'a');
        set('Frame-Stream', stream);
        set('Frame-Name', name);
        set('Frame-Sender', sender);
        for (const key of ['Captured-At', 'Received-At', 'Lateness-Ms', 'Clock-Us']) set(`Frame-${key}`, time);
        const facts = decodeFacts(found);
        assert.equal(facts?.number, 7);
        assert.ok(facts?.name === undefined || !/\p{C}/u.test(facts.name));
      }),
    );
  });
});
