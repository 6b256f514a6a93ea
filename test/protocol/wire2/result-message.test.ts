import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultFrameLimits } from '../../../src/protocol/frame.ts';
import type { Detection } from '../../../src/protocol/results/detection.ts';
import { maxControlBytes, type ResultMessage } from '../../../src/protocol/wire2/message.ts';
import { MessageDecoder } from '../../../src/protocol/wire2/message-decoder.ts';
import { encodeMessage } from '../../../src/protocol/wire2/message-encoder.ts';

const person: Detection = { label: 'person', confidence: 0.5, box: [1, 2, 3, 4] };
const base: ResultMessage = {
  ...{ type: 'rslt', sequence: 1, capturedAtUs: 2, capturedMonotonicUs: 3, width: 64, height: 48 },
  ...{ detectUs: 4, omitted: 0, detections: [person], extra: {} },
};

function decode(bytes: Uint8Array): ResultMessage {
  const [message] = [...new MessageDecoder(defaultFrameLimits).decode(bytes)];
  assert.equal(message?.type, 'rslt');
  return message as ResultMessage;
}

describe('a result on wire 2', () => {
  test('has the most confident detections, and says how many it has no room for', () => {
    const detections = Array.from({ length: 300 }, (_, i) => ({ ...person, confidence: (300 - i) / 1000 }));
    const bytes = encodeMessage({ ...base, detections, omitted: 5 });
    assert.ok(bytes.length <= 12 + maxControlBytes);
    const found = decode(bytes);
    assert.ok(found.detections.length > 45);
    assert.deepEqual(found.detections, detections.slice(0, found.detections.length));
    assert.equal(found.omitted, 305 - found.detections.length);
  });

  test('counts no more than it has room to count', () => {
    const found = decode(encodeMessage({ ...base, omitted: 1e9, detectUs: 1e12 }));
    assert.deepEqual([found.omitted, found.detectUs], [65_535, 2 ** 32 - 1]);
  });

  test('loses the other fields of a detector when it has no room for them', () => {
    const fits = { note: 'x'.repeat(900) };
    assert.deepEqual(decode(encodeMessage({ ...base, extra: fits })).extra, fits);
    assert.deepEqual(decode(encodeMessage({ ...base, extra: { note: 'x'.repeat(1000) } })).extra, {});
  });

  const at = { steps: 12 + 35, side: 12 + 37, label: 12 + 46, trackLength: 12 + 52, extra: 12 + 56 };
  const bad: Record<string, [change: (bytes: Uint8Array) => void, message: RegExp]> = {
    'its confidence is above 1': [
      (bytes) => bytes.fill(0xff, at.steps, at.steps + 2),
      /confidence must be <= 10000: it is 65535/,
    ],
    'its box is beside the picture': [
      (bytes) => bytes.fill(0xff, at.side, at.side + 2),
      /box must be in the picture of 64x48/,
    ],
    'its label has a control character': [
      (bytes) => bytes.fill(0x1b, at.label, at.label + 1),
      /label must be 1 to 64 bytes/,
    ],
    'its track has a control character': [
      (bytes) => bytes.fill(0x1b, at.trackLength + 1, at.trackLength + 2),
      /track must be at most 32 bytes/,
    ],
    'its other fields are no object': [
      (bytes) => bytes.fill(0x5b, at.extra, at.extra + 1),
      /other fields must be an object/,
    ],
    'its other fields are a number': [
      (bytes) => bytes.set([0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x31], at.extra),
      /other fields must be an object/,
    ],
    'its other fields are null': [
      (bytes) => bytes.set([0x20, 0x20, 0x20, 0x20, 0x6e, 0x75, 0x6c, 0x6c], at.extra),
      /other fields must be an object/,
    ],
    'its other fields are a list': [
      (bytes) => bytes.set([0x5b, 0x31, 0x2c, 0x32, 0x2c, 0x31, 0x5d], at.extra),
      /other fields must be an object/,
    ],
  };
  for (const [when, [change, message]] of Object.entries(bad)) {
    test(`is rejected when ${when}`, () => {
      const bytes = encodeMessage({ ...base, detections: [{ ...person, track: 'a' }], extra: { a: 12 } });
      change(bytes);
      assert.throws(() => decode(bytes), { code: 'BAD_MESSAGE', message });
    });
  }
});
