import { ClassicDecoder } from '../../../src/protocol/classic/classic-decoder.ts';
import type { FrameLimits } from '../../../src/protocol/frame.ts';
import { checkStream, type StreamFormat } from '../check-stream.ts';
import type { Target } from '../target.ts';
import { describeIncoming, expectWithin } from './describe.ts';
import { slackBytes, someLimits } from './limits.ts';
import { seedClassic } from './seeds.ts';
import { classicStructure } from './structures.ts';

const format: StreamFormat<FrameLimits> = {
  variants: someLimits,
  structure: classicStructure,
  codes: ['BAD_LENGTH', 'FRAME_TOO_LONG', 'BAD_BASE64', 'BAD_TIME'],
  open(limits) {
    const decoder = new ClassicDecoder(limits);
    let isOver = false;
    return {
      *take(chunk) {
        if (isOver) return;
        const frames = decoder.decode(chunk);
        let next = frames.next();
        for (; next.done !== true; next = frames.next()) {
          const frame = next.value;
          if (!('type' in frame)) expectWithin(frame, limits);
          yield describeIncoming('type' in frame ? frame : { type: 'classic', frame });
        }
        isOver = next.value < chunk.length;
        if (isOver) yield 'wire 2 follows';
      },
      *finish() {
        yield `${decoder.hasHeader} ${!isOver && decoder.isWithinFrame}`;
      },
    };
  },
};

const heldLimits: FrameLimits = { maxFrameBytes: 20_000, maxWidth: 4096, maxHeight: 4096 };

/** The decoder of the classic wire. */
export const classic: Target = {
  seed: seedClassic,
  structure: classicStructure,
  check: (input, random, all) => checkStream(format, input, random, all),
  hold: {
    maxBytes: () => heldLimits.maxFrameBytes + slackBytes,
    open(input) {
      const decoder = new ClassicDecoder(heldLimits);
      for (const _ of decoder.decode(input));
      return decoder;
    },
  },
};
