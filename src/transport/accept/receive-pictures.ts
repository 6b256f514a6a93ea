import type { FrameReceiver } from '../../delivery/frame-receiver.ts';
import type { SplitPicture } from '../../protocol/jpeg/jpeg-splitter.ts';
import { readWallClockUs } from '../../system/clock.ts';
import type { Steps } from './protocol.ts';

const unknown = { capturedAtUs: undefined, stream: undefined, latency: undefined };

/** Delivers pictures without other facts, numbered from the last one of their sender on, until one is not accepted. */
export function* receivePictures(receiver: FrameReceiver, pictures: Iterable<SplitPicture | undefined>): Steps {
  for (const picture of pictures) {
    if (receiver.isClosed) return;
    if (picture === undefined) {
      yield 'part';
      continue;
    }
    const { jpeg, width, height } = picture;
    const sequence = receiver.lastNumber + 1;
    const receivedAtUs = readWallClockUs();
    const { connection } = receiver;
    yield receiver.receive({ jpeg, width, height, connection, sequence, receivedAtUs, ...unknown });
  }
}
