import { type JetStreamClient, jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { CodedError } from '../errors.ts';
import { encodeMetadata, type FrameMetadata } from './frame-headers.ts';
import { describeStreamError, findDenied, isApiError, isUnanswered, serverErrors, unusable } from './stream-errors.ts';
import type { StreamProvisioner } from './stream-provisioner.ts';
import { framesOf } from './subjects.ts';

const defaultTimeoutMs = 5000;

const encoder = new TextEncoder();

export interface PublishingOptions {
  /** Looks for the stream when the server took no frame. */
  readonly provisioner?: StreamProvisioner;
  /** Longest wait for the server to have accepted a frame. */
  readonly timeoutMs?: number;
}

/** Puts frames into the stream of one connection. */
export class FramePublisher {
  readonly #connection: NatsConnection;
  readonly #client: JetStreamClient;
  readonly #provisioner: StreamProvisioner | undefined;
  readonly #timeoutMs: number;

  constructor(connection: NatsConnection, { provisioner, timeoutMs = defaultTimeoutMs }: PublishingOptions = {}) {
    this.#connection = connection;
    this.#provisioner = provisioner;
    this.#timeoutMs = timeoutMs;
    this.#client = jetstream(connection);
  }

  /**
   * Resolves when the stream has the frame.
   * @param camera its key
   * @param id the stream leaves out a second frame with it, within its `duplicate_window`
   * @throws CodedError FRAME_TOO_LONG, STREAM_UNUSABLE where none accepts it, REJECTED where this user may not, PUBLISH_FAILED, whose cause is the
   * library's error
   */
  async publish(camera: string, metadata: FrameMetadata, jpeg: Uint8Array, id?: string): Promise<void> {
    const headers = encodeMetadata(metadata);
    if (id !== undefined) headers.set('Nats-Msg-Id', id);
    const maxBytes = this.#connection.info?.max_payload ?? Number.POSITIVE_INFINITY;
    // The server counts the headers too.
    const bytes = jpeg.length + headerBytes(headers);
    if (bytes > maxBytes) throw tooLong(camera, 'the NATS server', maxBytes, 'max_payload', bytes);
    try {
      await this.#client.publish(framesOf(camera), jpeg, { headers, timeout: this.#timeoutMs });
    } catch (error) {
      throw await this.#explain(error, camera, bytes);
    }
  }

  async #explain(error: unknown, camera: string, bytes: number): Promise<CodedError> {
    const subject = framesOf(camera);
    const reason = `Cannot publish a frame to ${subject}`;
    if (isUnanswered(error)) {
      await this.#provisioner?.restore(this.#connection);
      return unusable(`${reason}: no stream accepts it${this.#provisioner?.adviseOn(subject) ?? ''}`);
    }
    if (isApiError(error, serverErrors.messageTooLong)) {
      await this.#provisioner?.restore(this.#connection);
      const { name, max_msg_size: max } = this.#provisioner?.findStreamFor(subject) ?? {};
      return tooLong(camera, `the stream ${name ?? `of ${subject}`}`, max, 'max_msg_size', bytes);
    }
    if (isApiError(error, serverErrors.sealed)) return unusable(`${reason}: ${describeStreamError(error)}`);
    const denied = findDenied(error);
    if (denied === undefined) {
      return new CodedError('PUBLISH_FAILED', `${reason}: ${describeStreamError(error)}`, { cause: error });
    }
    const advice = 'allow it at the server (permissions), or choose a name that it may (--name)';
    return new CodedError('REJECTED', `${reason}: ${describeStreamError(error)}; ${advice}`, { cause: error });
  }
}

/** @param most undefined: nobody may look how much it is */
function tooLong(camera: string, who: string, max: number | undefined, setting: string, bytes: number): CodedError {
  const limit = max === undefined ? 'less' : `at most ${max} bytes`;
  const advice = `make the pictures smaller (--size, --quality) or the limit larger (${setting})`;
  return new CodedError(
    'FRAME_TOO_LONG',
    `Cannot publish a frame of ${camera} as ${who} takes ${limit}: it has ${bytes}; ${advice}`,
  );
}

function headerBytes(headers: ReturnType<typeof encodeMetadata>): number {
  // A name may have letters of several bytes.
  return encoder.encode(headers.toString()).length;
}
