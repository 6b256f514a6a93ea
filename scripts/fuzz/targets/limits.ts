import type { FrameLimits } from '../../../src/protocol/frame.ts';

/** Limits that small inputs reach, and those of the receiver. */
export const someLimits: readonly FrameLimits[] = [
  { maxFrameBytes: 300, maxWidth: 64, maxHeight: 64 },
  { maxFrameBytes: 5000, maxWidth: 640, maxHeight: 480 },
  { maxFrameBytes: 16_000_000, maxWidth: 4096, maxHeight: 4096 },
];

/** Objects of a decoder, and the noise of the collector. */
export const slackBytes = 400_000;
