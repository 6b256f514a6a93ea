import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { headers } from '@nats-io/transport-node';
import fc from 'fast-check';
import { decodeMetadata, encodeMetadata, type FrameMetadata } from '../../src/nats/frame-headers.ts';

const metadata: FrameMetadata = {
  sequence: 42,
  width: 480,
  height: 315,
  stream: 'garden-k3x9f2ab',
  name: 'Gärten & <b>',
  address: '192.168.1.7:50412',
  capturedAtUs: 1_769_860_800_123_456,
  receivedAtUs: 1_769_860_800_137_012,
  age: { us: 3556, errorUs: 213, atUs: 7_000_001 },
  publisher: 'my-pc-k3x9f2ab',
};

describe('headers of a frame', () => {
  test('are as the page says', () => {
    assert.deepEqual(encodeMetadata(metadata).toString().split('\r\n').slice(1, -2), [
      'Frame-Sequence: 42',
      'Frame-Size: 480x315',
      'Frame-Publisher: my-pc-k3x9f2ab',
      'Frame-Stream: garden-k3x9f2ab',
      'Frame-Name: Gärten & <b>',
      'Frame-Address: 192.168.1.7:50412',
      'Frame-Captured-At: 2026-01-31T12:00:00.123456Z',
      'Frame-Received-At: 2026-01-31T12:00:00.137012Z',
      'Frame-Latency-Ms: 3.556',
      'Frame-Latency-Error-Ms: 0.213',
      'Frame-Clock-Us: 7000001',
    ]);
  });

  test('tell the same when they are read', () => {
    const { width: _width, height: _height, ...others } = metadata;
    assert.deepEqual(decodeMetadata(encodeMetadata(metadata)), others);
  });

  test('omit unknown values', () => {
    const unknown = { stream: undefined, name: undefined, address: undefined, capturedAtUs: undefined };
    const bare = { ...metadata, ...unknown, receivedAtUs: undefined, age: undefined };
    const found = encodeMetadata(bare);
    assert.equal(found.keys().length, 3);
    const { width: _width, height: _height, ...others } = bare;
    assert.deepEqual(decodeMetadata(found), others);
  });

  test('are none of a frame when sequence or publisher are missing or wrong', () => {
    assert.equal(decodeMetadata(undefined), undefined);
    for (const [sequence, publisher] of [
      ['', 'a'],
      ['1.5', 'a'],
      ['99999999999999999', 'a'],
      ['x', 'a'],
      ['1', ''],
      ['1', 'a b'],
      ['1', 'a'.repeat(65)],
    ] as const) {
      const found = headers();
      found.set('Frame-Sequence', sequence);
      found.set('Frame-Publisher', publisher);
      assert.equal(decodeMetadata(found), undefined, `${sequence} ${publisher}`);
    }
  });

  test('are taken as far as they can be when somebody else wrote them', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 100 });
    fc.assert(
      fc.property(text, text, text, text, (stream, name, sender, time) => {
        const found = headers();
        const set = (key: string, value: string) => found.set(key, value.replaceAll(/[\r\n\0]/g, ''));
        set('Frame-Sequence', '7');
        set('Frame-Publisher', 'a');
        set('Frame-Stream', stream);
        set('Frame-Name', name);
        set('Frame-Address', sender);
        for (const key of ['Captured-At', 'Received-At', 'Latency-Ms', 'Clock-Us']) set(`Frame-${key}`, time);
        const metadata = decodeMetadata(found);
        assert.equal(metadata?.sequence, 7);
        assert.ok(metadata?.name === undefined || !/\p{C}/u.test(metadata.name));
      }),
    );
  });
});
