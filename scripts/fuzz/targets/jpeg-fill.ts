import { joinBytes } from '../../../src/protocol/byte-pieces.ts';
import { defaultFrameLimits } from '../../../src/protocol/frame.ts';
import { countScans } from '../../../src/protocol/jpeg/jpeg-scans.ts';
import { findMarker } from '../../../src/protocol/jpeg/marker-search.ts';
import { readWholeJpeg } from '../../../src/protocol/jpeg/whole-jpeg.ts';
import { tinyJpeg } from '../../../test/support/jpeg.ts';
import type { Random } from '../random.ts';
import { Failure, type Outcome, type Target } from '../target.ts';
import { jpegStructure } from './structures.ts';

const runBytes = 2 ** 18;
/** Fill bytes, stuffed bytes, restart markers, other markers, and segments without content. */
const fills = [
  ...[[0xff], [0xff, 0], [0xff, 0xd0], [0xff, 0xff, 0], [0xff, 0xff, 0xd0], [0xff, 0xd8], [0xff, 1]],
  ...[[0xff, 0xfe, 0, 2], [0xff, 0xda, 0, 2], [0xff, 0xff, 0xda], [0xda]],
];
/** Bytes that follow: the first step of a search has one length, later steps have others. */
const gaps = [0, 0, 0, 1, 15, 60, 70, 130, 250, 300, 1100];
/** Behind its SOI, and within the data of its scan. */
const heads = [tinyJpeg(64, 48).subarray(0, 2), tinyJpeg(64, 48, 0).subarray(0, -7)];

const seed = (random: Random) =>
  Uint8Array.from([...random.pick(fills), ...Array<number>(random.pick(gaps)).fill(0x55)]);

/** Puts the input again and again into a JPEG. */
function check(input: Uint8Array): Outcome {
  const run = new Uint8Array(Math.max(runBytes, input.length));
  for (let at = 0; at < run.length; at += input.length || run.length) {
    run.set(input.subarray(0, run.length - at), at);
  }
  const kinds = heads.map((head) => search(joinBytes([head, run])));
  return { code: undefined, signature: kinds.join('; '), bytes: heads.length * run.length * 3 };
}

function search(jpeg: Uint8Array): string {
  const found = readWholeJpeg(jpeg, defaultFrameLimits);
  const scans = countScans(jpeg, Number.POSITIVE_INFINITY);
  let markers = 0;
  for (let at = findMarker(jpeg, 0); at < jpeg.length; at = findMarker(jpeg, at + 1)) markers++;
  if (scans > markers) throw new Failure(`it has ${scans} scans and ${markers} markers`);
  return 'jpeg' in found ? 'whole' : `${found.code} ${found.reason}`.replaceAll(/\d+/g, '#');
}

/**
 * The searches for markers, which are not done in parts: a receiver does nothing else meanwhile. So
 * the limit is much lower, even for bytes that only a stranger sends.
 */
export const jpegFill: Target = { seed, structure: jpegStructure, check, baseMs: 20, maxMsPerMb: 30 };
