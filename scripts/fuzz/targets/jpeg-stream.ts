import { sharedBlocks } from '../../../src/protocol/block-pool.ts';
import { joinBytes } from '../../../src/protocol/byte-pieces.ts';
import type { FrameLimits } from '../../../src/protocol/frame.ts';
import { beginsWithSoi } from '../../../src/protocol/jpeg/jpeg-markers.ts';
import { JpegSplitter, type SplitResult } from '../../../src/protocol/jpeg/jpeg-splitter.ts';
import { standardTablesBytes } from '../../../src/protocol/jpeg/jpeg-tables.ts';
import { readWholeJpeg } from '../../../src/protocol/jpeg/whole-jpeg.ts';
import { checkStream, type StreamFormat } from '../check-stream.ts';
import type { Random } from '../random.ts';
import { Failure, type Target } from '../target.ts';
import { describePicture, expectWithin } from './describe.ts';
import { slackBytes, someLimits } from './limits.ts';
import { seedJpeg, toBytes } from './seeds.ts';
import { jpegStructure } from './structures.ts';

const format: StreamFormat<FrameLimits> = {
  variants: someLimits,
  structure: jpegStructure,
  codes: [],
  open(limits) {
    const splitter = new JpegSplitter(limits);
    let [taken, counted] = [0, 0];
    const describe = (found: SplitResult): string => {
      counted += found.type === 'skipped' ? found.bytes : found.jpeg.length;
      if (found.type === 'skipped') return `skipped ${found.bytes}: ${found.reason} [${found.code}]`;
      expectWithin(found, limits);
      expectWhole(found.jpeg, limits);
      return describePicture(found);
    };
    return {
      *take(chunk) {
        taken += chunk.length;
        for (const found of splitter.decode(chunk)) yield describe(found);
      },
      *finish() {
        for (const found of splitter.finish()) yield describe(found);
        // A picture may have got tables.
        const added = counted - taken;
        if (added < 0 || added % standardTablesBytes !== 0) throw new Failure(`${taken} bytes came, ${counted} went`);
      },
    };
  },
};

/** @throws Failure where the other reader of JPEGs finds less in a picture than the splitter */
function expectWhole(jpeg: Uint8Array, limits: FrameLimits): void {
  const again = readWholeJpeg(jpeg, limits);
  if (!('jpeg' in again) || again.jpeg.length !== jpeg.length || !beginsWithSoi(jpeg)) {
    throw new Failure(`a picture of ${jpeg.length} bytes is none to the reader of one: ${JSON.stringify(again)}`);
  }
}

/** JPEGs, with nothing or something between them. */
export function seedJpegs(random: Random): Uint8Array {
  const between = () => (random.oneIn(3) ? toBytes(random.pick(['--frame\r\n\r\n', '\r\n', '\xff', '\0\0'])) : []);
  const parts = Array.from({ length: random.between(1, 4) }, () => [seedJpeg(random), between()]);
  return joinBytes(parts.flat());
}

const heldLimits: FrameLimits = { maxFrameBytes: 20_000, maxWidth: 4096, maxHeight: 4096 };

/** The splitter of JPEGs that come back to back. */
export const jpegStream: Target = {
  seed: seedJpegs,
  structure: jpegStructure,
  check: (input, random, all) => checkStream(format, input, random, all),
  hold: {
    // Of one more than it has taken in the bytes before, in blocks.
    maxBytes: () => heldLimits.maxFrameBytes + 2 ** 17 + slackBytes,
    open(input) {
      const splitter = new JpegSplitter(heldLimits);
      for (let at = 0; at < input.length; at += 4096) splitter.decode(input.slice(at, at + 4096));
      return splitter;
    },
    release() {
      for (let i = 0; i < 200; i++) sharedBlocks.take();
    },
  },
};
