import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { countScans } from '../../../src/protocol/jpeg/jpeg-scans.ts';
import { createMarkerKernel, type MarkerKernel } from '../../../src/protocol/jpeg/marker-kernel.ts';
import { findMarker, findMarkerWith, skipFill } from '../../../src/protocol/jpeg/marker-search.ts';

/** The definition: the first FF behind which neither 00 nor RST0 to RST7 comes. */
function search(bytes: Uint8Array, at: number): number {
  for (let i = at; i < bytes.length; i++) {
    if (bytes[i] !== 0xff) continue;
    const code = bytes[i + 1] ?? 0xff;
    if (code === 0 || (code >= 0xd0 && code <= 0xd7)) continue;
    return i;
  }
  return bytes.length;
}

/** Data of a scan, mostly, so that a marker is often far behind. */
const data = (maxLength: number, markers: number) =>
  fc
    .array(
      fc.oneof(
        { weight: 2000, arbitrary: fc.integer({ min: 1, max: 0xfe }).map((byte) => [byte]) },
        { weight: 600, arbitrary: fc.constantFrom([0xff, 0], [0xff, 0xd0], [0xff, 0xd7]) },
        { weight: markers, arbitrary: fc.constantFrom([0xff], [0xff, 0xd8], [0xff, 0xd9], [0xff, 0xff], [0]) },
      ),
      { maxLength, size: 'max' },
    )
    .map((parts) => Uint8Array.from(parts.flat()));

const kernel = createMarkerKernel() as MarkerKernel;

test('findMarker finds the first marker that is no restart marker, wherever the search begins', () => {
  assert.notEqual(kernel, null);
  const bytes = fc.oneof(data(1200, 0), data(1200, 5), data(300, 400));
  fc.assert(
    fc.property(bytes, fc.nat({ max: 80 }), (jpeg, at) => {
      const expected = search(jpeg, at);
      assert.equal(findMarker(jpeg, at), expected);
      assert.equal(findMarkerWith(null, jpeg, at), expected);
      assert.equal(findMarkerWith(kernel, jpeg, at), expected);
    }),
    { numRuns: 500 },
  );
});

test('findMarker finds a marker at each place of a long scan when it is searched in parts', () => {
  const { maxBytes } = kernel;
  const bytes = new Uint8Array(1024 + 2 * maxBytes + 100).fill(0x55);
  assert.equal(findMarker(bytes, 0), bytes.length);
  for (const border of [1024, 1024 + maxBytes, 1024 + 2 * maxBytes, bytes.length]) {
    for (let at = border - 20; at < Math.min(bytes.length, border + 20); at++) {
      bytes.set([0xff, 0xd9].slice(0, bytes.length - at), at);
      assert.equal(findMarker(bytes, 0), at);
      bytes.fill(0x55, at);
      // Neither the stuffed byte nor a marker of an earlier search is taken for one.
      bytes.set([0xff, 0x00].slice(0, bytes.length - at), at);
      assert.equal(findMarker(bytes, 3), at + 1 === bytes.length ? at : bytes.length);
      bytes.fill(0x55, at);
    }
  }
});

/** Counts the copies to the kernel, and their bytes. */
class CountedBytes extends Uint8Array<ArrayBuffer> {
  copies = 0;
  copied = 0;

  override subarray(from?: number, to?: number): Uint8Array<ArrayBuffer> {
    const part = new Uint8Array(this.buffer).subarray(from, to);
    this.copies++;
    this.copied += part.length;
    return part;
  }
}

/** Bytes in which markers, and what looks like them, come as often as a stranger likes. */
const fills: Record<string, readonly number[]> = {
  FF: [0xff],
  'FF 00': [0xff, 0x00],
  'FF D0': [0xff, 0xd0],
  'FF D8': [0xff, 0xd8],
  'FF FF 00': [0xff, 0xff, 0x00],
  'FF FF D0': [0xff, 0xff, 0xd0],
  'FF 01': [0xff, 0x01],
  'FF DA 00 02': [0xff, 0xda, 0x00, 0x02],
  'FF D8 and 60 other bytes': [0xff, 0xd8, ...Array<number>(60).fill(0x55)],
  'FF D8 and 70 other bytes': [0xff, 0xd8, ...Array<number>(70).fill(0x55)],
  'FF D8 and 300 other bytes': [0xff, 0xd8, ...Array<number>(300).fill(0x55)],
};

for (const [name, fill] of Object.entries(fills)) {
  test(`the copies to the kernel are in proportion to the bytes when they are ${name}`, () => {
    const bytes = new CountedBytes(new ArrayBuffer(200_000));
    for (let i = 0; i < bytes.length; i++) bytes[i] = fill[i % fill.length] as number;
    for (let at = findMarker(bytes, 0); at < bytes.length; at = findMarker(bytes, at + 1));
    countScans(bytes, Number.POSITIVE_INFINITY);
    // One for each 64 bytes at most, by the search and by the count; each of a kilobyte, or of what
    // is passed.
    assert.ok(bytes.copies <= (2 * bytes.length) / 64, `${bytes.copies} copies`);
    assert.ok(bytes.copied <= 2 * 17 * bytes.length, `${bytes.copied} bytes`);
  });
}

test('skipFill gives the position of the first byte that is not FF', () => {
  const bytes = Uint8Array.of(0xff, 0xff, 0xff, 0xd8, 0xff);
  const found = [0, 2, 3, 4, 5].map((at) => skipFill(bytes, at));
  assert.deepEqual(found, [3, 3, 3, 5, 5]);
});

test('createMarkerKernel gives null when the runtime has no WebAssembly, or no memory for it', () => {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: object };
  const without = (value: unknown) => {
    Object.defineProperty(globalThis, 'WebAssembly', { value, configurable: true, writable: true });
    return createMarkerKernel();
  };
  try {
    assert.equal(without(undefined), null);
    const Instance = class {
      constructor() {
        throw new RangeError('could not allocate memory');
      }
    };
    assert.equal(without({ ...WebAssembly, Instance }), null);
  } finally {
    without(WebAssembly);
  }
});
