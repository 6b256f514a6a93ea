import type { Incoming } from '../../../src/protocol/stream-decoder.ts';
import type { BadFrame, Message } from '../../../src/protocol/wire2/message.ts';
import { hashBytes } from '../random.ts';
import { Failure } from '../target.ts';

interface Picture {
  readonly jpeg: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** A picture in words, by its size, its length and a hash of its bytes. */
export function describePicture({ jpeg, width, height }: Picture): string {
  return `picture ${width}x${height} ${jpeg.length} ${hashBytes(jpeg)}`;
}

/** @throws Failure where the picture is over one of the limits */
export function expectWithin(
  { jpeg, width, height }: Picture,
  limits: { readonly maxFrameBytes: number; readonly maxWidth: number; readonly maxHeight: number },
): void {
  const isWithin =
    jpeg.length <= limits.maxFrameBytes &&
    width >= 1 &&
    height >= 1 &&
    width <= limits.maxWidth &&
    height <= limits.maxHeight;
  if (!isWithin) throw new Failure(`a picture is over a limit: ${width}x${height}, ${jpeg.length} bytes`);
}

export function describeIncoming(incoming: Incoming | Message | BadFrame): string {
  switch (incoming.type) {
    case 'classic': {
      const { frame } = incoming;
      return `classic ${describePicture(frame)} at ${frame.capturedAtUs} ${frame.mark?.stream} ${frame.mark?.sequence}`;
    }
    case 'FRAM': {
      const { frame } = incoming;
      const times = `${frame.capturedAtUs} ${frame.capturedMonotonicUs}`;
      return `FRAM ${frame.sequence} ${describePicture(frame)} at ${times}`;
    }
    case 'bad frame':
      return `bad frame ${incoming.sequence} ${incoming.stream} ${incoming.error.message}`;
    case 'HELO':
      return `HELO ${JSON.stringify({ ...incoming, token: hashBytes(incoming.token) })}`;
    default:
      return `${incoming.type} ${JSON.stringify(incoming)}`;
  }
}
