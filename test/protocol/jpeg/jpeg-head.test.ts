import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ProtocolError } from '../../../src/protocol/errors.ts';
import { readJpegSize } from '../../../src/protocol/jpeg/jpeg-head.ts';

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.split(/\s+/).filter(Boolean), (byte) => Number.parseInt(byte, 16));
}

const header = 'ff c0 00 11 08 01 3b 01 e0 03';

const good: Record<string, string> = {
  'a frame header at once': `ff d8 ${header}`,
  'an APP0 segment before it': `ff d8 ff e0 00 04 4a 46 ${header}`,
  'a thumbnail with a frame header of its own before it': `ff d8 ff e1 00 0e ff d8 ff c0 00 11 08 00 10 00 10 03 ${header}`,
  'fill bytes before a marker': `ff d8 ff ff ff ${header.slice(3)}`,
  'a thousand fill bytes before a marker': `ff d8 ${'ff '.repeat(1000)} ${header}`,
  '4095 comments before it': `ff d8 ${'ff fe 00 02 '.repeat(4095)} ${header}`,
  'a marker that stands alone before it': `ff d8 ff 01 ff d0 ${header}`,
  'a Huffman table before it': `ff d8 ff c4 00 03 00 ${header}`,
  'a progressive frame header': `ff d8 ${header.replace('c0', 'c2')}`,
};

for (const [what, hex] of Object.entries(good)) {
  test(`readJpegSize gives 480x315 when there is ${what}`, () => {
    assert.deepEqual(readJpegSize(bytes(hex)), { width: 480, height: 315 });
  });
}

const bad: Record<string, [hex: string, message: RegExp]> = {
  nothing: ['', /does not begin with FF D8/],
  'a PNG': ['89 50 4e 47 0d 0a 1a 0a', /does not begin with FF D8/],
  'only a start': ['ff d8', /ends before its frame header/],
  'no marker where one must be': ['ff d8 00 11 22 33', /no marker at byte 2/],
  'a scan before the frame header': ['ff d8 ff da 00 02 00', /a scan comes before its frame header/],
  'an end before the frame header': ['ff d8 ff d9 00 00', /ends before its picture/],
  'a segment of length 1': ['ff d8 ff e0 00 01 00', /segment at byte 4 is too short/],
  'a segment that leads past the end': ['ff d8 ff e0 ff ff 00', /ends before its frame header/],
  'a stuffed zero that hides another header': [
    `ff d8 ff 00 00 0d ff c0 00 11 08 3f ff 3f ff 03 00 ${header}`,
    /no marker that may stand at byte 3/,
  ],
  'a reserved marker': [`ff d8 ff 02 00 02 ${header}`, /no marker that may stand at byte 3/],
  'a second start': [`ff d8 ff d8 ${header}`, /another begins in it at byte 2/],
  'half a frame header': ['ff d8 ff c0 00 11 08', /ends before its frame header/],
  'a frame header that says it is too short': ['ff d8 ff c0 00 06 08 01 3b 01 e0 03', /segment at byte 4 is too short/],
  '4096 comments before the frame header': [`ff d8 ${'ff fe 00 02 '.repeat(4096)} ${header}`, /more than 4096 markers/],
  'a width of 0': ['ff d8 ff c0 00 11 08 01 3b 00 00 03', /says 0x315/],
  'a height of 0': ['ff d8 ff c0 00 11 08 00 00 01 e0 03', /says 480x0/],
};

for (const [what, [hex, message]] of Object.entries(bad)) {
  test(`readJpegSize rejects a body when there is ${what}`, () => {
    assert.throws(() => readJpegSize(bytes(hex)), { name: 'ProtocolError', code: 'NOT_JPEG', message });
  });
}

test('readJpegSize gives a size or a ProtocolError for any bytes', () => {
  const marker = fc.tuple(fc.constant(0xff), fc.integer({ min: 0, max: 255 })).map((pair) => [...pair]);
  const noise = fc.array(fc.oneof(marker, fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 6 })), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(noise, (parts) => {
      try {
        const { width, height } = readJpegSize(Uint8Array.from([0xff, 0xd8, ...parts.flat()]));
        assert.ok(width > 0 && height > 0);
      } catch (error) {
        assert.ok(error instanceof ProtocolError, String(error));
      }
    }),
  );
});
