import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import { Base64Decoder, base64Length, encodeBase64 } from '../../../src/protocol/classic/base64.ts';

function encode(bytes: Uint8Array): string {
  const target = new Uint8Array(base64Length(bytes.length));
  encodeBase64(bytes, target, 0);
  return Buffer.from(target).toString('latin1');
}

function decode(text: string, pieceLength: number): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'latin1');
  const decoder = new Base64Decoder(bytes.length);
  for (let at = 0; at < bytes.length; at += pieceLength) {
    if (!decoder.decode(bytes, at, Math.min(bytes.length, at + pieceLength))) return undefined;
  }
  return decoder.bytes;
}

test('encodeBase64 gives what the runtime gives, for any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      assert.equal(encode(bytes), Buffer.from(bytes).toString('base64'));
    }),
  );
});

test('Base64Decoder gives the bytes back, whatever the pieces', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 50 }), (bytes, pieceLength) => {
      assert.deepEqual(decode(encode(bytes), pieceLength), Uint8Array.from(bytes));
    }),
  );
});

test('Base64Decoder rejects a text that is not what its bytes encode to', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 4, maxLength: 64 }),
      fc.integer({ min: 1, max: 9 }),
      (noise, pieceLength) => {
        const text = Buffer.from(noise.subarray(0, noise.length - (noise.length % 4))).toString('latin1');
        const bytes = decode(text, pieceLength);
        if (bytes !== undefined) assert.equal(encode(bytes), text);
      },
    ),
  );
});

for (const text of ['AA=A', '=AAA', 'A===', 'AA==AAAA', 'AAA=AAAA', 'AB==', 'AAB=', 'AA-_', 'AA A', 'AA\n=', '====']) {
  for (const pieceLength of [1, 3, 4, 100]) {
    test(`Base64Decoder rejects ${JSON.stringify(text)} in pieces of ${pieceLength}`, () => {
      assert.equal(decode(text, pieceLength), undefined);
    });
  }
}
