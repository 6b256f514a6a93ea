import { defaultFrameLimits, type FrameLimits } from '../../../src/protocol/frame.ts';
import { readJpegSize } from '../../../src/protocol/jpeg/jpeg-head.ts';
import { countScans } from '../../../src/protocol/jpeg/jpeg-scans.ts';
import { readWholeJpeg } from '../../../src/protocol/jpeg/whole-jpeg.ts';
import { expectCode } from '../check-stream.ts';
import { Failure, type Outcome, type Target } from '../target.ts';
import { someLimits } from './limits.ts';
import { seedJpeg } from './seeds.ts';
import { jpegStructure } from './structures.ts';

const maxScans = 100;

function check(input: Uint8Array): Outcome {
  const size = readSize(input);
  const scans = countScans(input, maxScans);
  const whole = someLimits.map((limits) => readWhole(input, limits));
  const kinds = whole.map((found) => ('jpeg' in found ? 'whole' : `${found.code} ${found.reason}`));
  const head = 'code' in size ? size.message : 'size';
  const signature = `${head}; ${kinds}; ${Math.min(scans, 3)}`.replaceAll(/\d+/g, '#');
  return { code: 'code' in size ? size.code : undefined, signature, bytes: input.length * 5 };
}

function readSize(input: Uint8Array) {
  try {
    return readJpegSize(input);
  } catch (error) {
    return expectCode(error, ['NOT_JPEG']);
  }
}

function readWhole(input: Uint8Array, limits: FrameLimits) {
  const found = readWholeJpeg(input, limits);
  if (!('jpeg' in found)) return found;
  const { width, height } = readJpegSize(found.jpeg);
  if (width !== found.width || height !== found.height) {
    throw new Failure(`the head says ${width}x${height}, the whole ${found.width}x${found.height}`);
  }
  const again = readWholeJpeg(found.jpeg, defaultFrameLimits);
  if (!('jpeg' in again) || again.jpeg.length !== found.jpeg.length) {
    throw new Failure(`a whole JPEG is none when it is read again: ${JSON.stringify(again)}`);
  }
  return found;
}

/** The readers of one JPEG: its size, its end and its scans. */
export const jpegHead: Target = { seed: seedJpeg, structure: jpegStructure, check };
