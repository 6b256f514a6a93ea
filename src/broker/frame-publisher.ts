import { JetStreamApiError, type JetStreamClient, jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { CodedError } from '../protocol/errors.ts';
import { encodeFacts, type FrameFacts } from './frame-headers.ts';
import { describeStreamError } from './stream-keeper.ts';
import { framesOf } from './subjects.ts';

const usualTimeoutMs = 5000;
/** JSStreamMessageExceedsMaximumErr of nats-server's errors.json. */
const messageTooLong = 10054;

const encoder = new TextEncoder();

/** Puts frames into the stream of one connection. */
export class FramePublisher {
  readonly #connection: NatsConnection;
  readonly #client: JetStreamClient;
  readonly #timeoutMs: number;

  /** @param timeoutMs longest wait for the server to have taken a frame */
  constructor(connection: NatsConnection, timeoutMs = usualTimeoutMs) {
    this.#connection = connection;
    this.#timeoutMs = timeoutMs;
    this.#client = jetstream(connection);
  }

  /**
   * Resolves when the stream has the frame.
   * @param camera its key
   * @param id the stream leaves out a second frame with it, within its `duplicate_window`
   * @throws CodedError FRAME_TOO_LONG, STREAM_UNUSABLE where there is none, PUBLISH_FAILED, whose cause is the library's error
   */
  async publish(camera: string, facts: FrameFacts, jpeg: Uint8Array, id?: string): Promise<void> {
    const subject = framesOf(camera);
    const headers = encodeFacts(facts);
    if (id !== undefined) headers.set('Nats-Msg-Id', id);
    const mostBytes = this.#connection.info?.max_payload ?? Number.POSITIVE_INFINITY;
    // The server counts the headers too.
    const bytes = jpeg.length + headerBytes(headers);
    if (bytes > mostBytes) {
      const advice = 'make the pictures smaller (--size, --quality) or the limit larger (max_payload)';
      throw new CodedError(
        'FRAME_TOO_LONG',
        `Cannot publish a frame of ${camera} as the NATS server takes at most ${mostBytes} bytes: it has ${bytes}; ${advice}`,
      );
    }
    try {
      await this.#client.publish(subject, jpeg, { headers, timeout: this.#timeoutMs });
    } catch (error) {
      const reason = `Cannot publish a frame to ${subject}`;
      // So the library calls it when nobody answers.
      if (error instanceof Error && error.name === 'JetStreamNotEnabled') {
        throw new CodedError('STREAM_UNUSABLE', `${reason}: no stream takes it`);
      }
      if (error instanceof JetStreamApiError && error.code === messageTooLong) {
        throw new CodedError('FRAME_TOO_LONG', `${reason}: it has ${bytes} bytes, and the stream a lower max_msg_size`);
      }
      throw new CodedError('PUBLISH_FAILED', `${reason}: ${describeStreamError(error)}`, { cause: error });
    }
  }
}

function headerBytes(headers: ReturnType<typeof encodeFacts>): number {
  // A name may have letters of several bytes.
  return encoder.encode(headers.toString()).length;
}
