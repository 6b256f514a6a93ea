import type { FrameReceiver } from '../../delivery/frame-receiver.ts';
import type { CodedError } from '../../errors.ts';
import type { FrameLimits } from '../../protocol/frame.ts';
import { JpegStreamDecoder } from '../../protocol/jpeg/jpeg-stream-decoder.ts';
import { ChunkUse } from './chunk-use.ts';
import type { Protocol, Steps } from './protocol.ts';
import { receivePictures } from './receive-pictures.ts';

/** With a sender that knows nothing but JPEGs, one after another: it gets no answer. */
export class JpegStreamProtocol implements Protocol {
  /** Each answer waits for its pictures, or none comes. */
  readonly inFlight = undefined;
  readonly #decoder: JpegStreamDecoder;
  readonly #receiver: FrameReceiver;
  /** Its first two bytes have shown that. */
  readonly hasStarted = true;
  readonly isResting = false;

  constructor(receiver: FrameReceiver, limits: FrameLimits) {
    this.#receiver = receiver;
    this.#decoder = new JpegStreamDecoder(limits, 0, (skipped) => receiver.skipBytes(skipped));
  }

  get isSender(): boolean {
    return this.#receiver.connection.frames > 0;
  }

  get isWithinFrame(): boolean {
    return this.#decoder.isWithinPicture;
  }

  *receive(chunk: Uint8Array): Steps {
    const use = new ChunkUse(chunk);
    yield* receivePictures(this.#receiver, use.watch(this.#decoder.decode(chunk)));
    use.end();
  }

  finish(error?: CodedError): Steps {
    return receivePictures(this.#receiver, error === undefined ? this.#decoder.finish() : []);
  }

  closingBytes(): undefined {
    return undefined;
  }

  end(): void {
    this.#receiver.close();
  }
}
