import { Buffer } from 'node:buffer';
import { Base64Decoder, base64Length, encodeBase64 } from '../../../src/protocol/classic/base64.ts';
import { chooseCuttings, cut } from '../cuttings.ts';
import type { Random } from '../random.ts';
import { Failure, type Outcome, type Target } from '../target.ts';
import { toBytes } from './seeds.ts';
import { textStructure } from './structures.ts';

/** @throws Failure where a text that is taken is no base64 to Node, or has a second text for its bytes */
function check(input: Uint8Array, random: Random, all: boolean): Outcome {
  const text = input.subarray(0, input.length - (input.length % 4));
  const results = [...chooseCuttings(text.length, () => [], random, all)].map((cutting) => {
    const decoder = new Base64Decoder(text.length);
    for (const piece of cut(text, cutting)) if (!decoder.decode(piece, 0, piece.length)) return undefined;
    return decoder.bytes;
  });
  const [first] = results;
  for (const result of results) {
    if (first === undefined ? result !== undefined : result === undefined || !Buffer.from(first).equals(result)) {
      throw new Failure('whole and cut give other bytes');
    }
  }
  if (first !== undefined) expectOne(text, first);
  return {
    code: undefined,
    signature: `${first === undefined} ${text.length % 3}`,
    bytes: text.length * results.length,
  };
}

function expectOne(text: Uint8Array, bytes: Uint8Array): void {
  const given = Buffer.from(text).toString('latin1');
  const again = new Uint8Array(base64Length(bytes.length));
  encodeBase64(bytes, again, 0);
  if (Buffer.from(again).toString('latin1') !== given) throw new Failure('the bytes have another text');
  if (!Buffer.from(given, 'base64').equals(bytes)) throw new Failure('Node reads other bytes');
}

/** The base64 of the classic wire. */
export const base64: Target = {
  seed: (random) => toBytes(Buffer.from(random.bytes(random.below(100))).toString('base64')),
  structure: textStructure(['=', '==', '===', 'A', 'AAAA', '/', '+', '-', '_', '\n']),
  check,
};
