import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import { type DetectedProtocol, detectProtocol } from '../../src/protocol/protocol-detection.ts';

const cases: Record<string, [hex: string, speech: DetectedProtocol | undefined]> = {
  nothing: ['', undefined],
  'the length field of the classic wire': ['33323130', 'wire'],
  'a length field that begins with a space': ['20', 'wire'],
  'wire 2': ['ab', 'wire'],
  'a JPEG': ['ffd8', 'jpeg'],
  'half of a JPEG’s first marker': ['ff', undefined],
  'another marker than that of a JPEG’s start': ['ffe0', 'wire'],
  POST: ['50', 'http'],
  PUT: ['505554', 'http'],
  'H.264 with a long start code': ['0000000167', 'h264'],
  'H.264 with a short start code': ['00000167', 'h264'],
  'the beginning of H.264': ['000000', undefined],
  'zeros alone': ['00000000', 'wire'],
  'zeros and something else': ['000002', 'wire'],
  'one zero': ['0001', 'wire'],
  TLS: ['1603', 'wire'],
  'small letters': ['706f7374', 'wire'],
};

for (const [what, [hex, speech]] of Object.entries(cases)) {
  test(`recognize says ${speech} when it gets ${what}`, () => {
    assert.equal(detectProtocol(Buffer.from(hex, 'hex')), speech);
  });
}

test('recognize says what it would say to fewer bytes, and four are enough', () => {
  const byte = fc.oneof(fc.constantFrom(0, 1, 0xff, 0xd8, 0x41, 0xab), fc.nat({ max: 255 }));
  fc.assert(
    fc.property(fc.array(byte, { minLength: 4, maxLength: 8 }), (values) => {
      const whole = detectProtocol(Uint8Array.from(values));
      assert.notEqual(whole, undefined);
      for (let length = 1; length < values.length; length++) {
        const part = detectProtocol(Uint8Array.from(values.slice(0, length)));
        if (part !== undefined || length >= 4) assert.equal(part, whole);
      }
    }),
  );
});
