import type { FrameLimits } from '../../../src/protocol/frame.ts';
import { MessageDecoder } from '../../../src/protocol/wire2/message-decoder.ts';
import { checkStream, type StreamFormat } from '../check-stream.ts';
import type { Target } from '../target.ts';
import { describeIncoming, expectWithin } from './describe.ts';
import { slackBytes, someLimits } from './limits.ts';
import { encodeAll, seedAnswers, seedMessages } from './seeds.ts';
import { wire2Structure } from './structures.ts';

interface Variant {
  readonly limits: FrameLimits;
  readonly needsHello: boolean;
}

const format: StreamFormat<Variant> = {
  variants: someLimits.flatMap((limits) => [true, false].map((needsHello) => ({ limits, needsHello }))),
  structure: wire2Structure,
  codes: ['BAD_MESSAGE', 'FRAME_TOO_LONG'],
  open({ limits, needsHello }) {
    const decoder = new MessageDecoder(limits, { needsHello });
    return {
      *take(chunk) {
        for (const message of decoder.decode(chunk)) {
          if (message.type === 'FRAM') expectWithin(message.frame, limits);
          yield describeIncoming(message);
        }
      },
      *finish() {
        yield String(decoder.isWithinMessage);
      },
    };
  },
};

const heldLimits: FrameLimits = { maxFrameBytes: 20_000, maxWidth: 4096, maxHeight: 4096 };

/** The decoder of wire 2, in both directions. */
export const wire2: Target = {
  seed: (random) => encodeAll(random.oneIn(3) ? seedAnswers(random) : seedMessages(random)),
  structure: wire2Structure,
  check: (input, random, all) => checkStream(format, input, random, all),
  hold: {
    maxBytes: () => heldLimits.maxFrameBytes + slackBytes,
    open(input) {
      const decoder = new MessageDecoder(heldLimits);
      for (const _ of decoder.decode(input));
      return decoder;
    },
  },
};
