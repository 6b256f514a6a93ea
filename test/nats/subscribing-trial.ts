import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { CodedError, ErrorCode } from '../../src/errors.ts';
import type { ConnectionHandler } from '../../src/frames/connection-handler.ts';
import type { ConnectionStats, ReceivedFrame } from '../../src/frames/received-frame.ts';
import type { FrameMetadata } from '../../src/nats/frame-headers.ts';
import { FramePublisher } from '../../src/nats/frame-publisher.ts';
import { StreamProvisioner, type StreamRetention } from '../../src/nats/stream-provisioner.ts';
import { Subscription, type SubscriptionOptions } from '../../src/nats/subscribing/subscription.ts';
import { defaultFrameLimits } from '../../src/protocol/frame.ts';
import { tinyJpeg } from '../support/jpeg.ts';
import { makeNatsOptions } from '../support/nats-options.ts';
import { TrialLog } from '../support/trial-log.ts';

/** A handler that keeps what it is told, and takes each frame as it is told to. */
export class TrialHandler implements ConnectionHandler {
  readonly frames: ReceivedFrame[] = [];
  readonly arrived: ConnectionStats[] = [];
  readonly left: { readonly sender: ConnectionStats; readonly error: CodedError | undefined }[] = [];
  readonly rejections: ErrorCode[] = [];
  /** The answer of `deliver`. */
  answer: (frame: ReceivedFrame) => boolean | Promise<boolean> = () => true;

  connected(connection: ConnectionStats): void {
    this.arrived.push(connection);
  }

  notice(): void {}

  deliver(frame: ReceivedFrame): boolean | Promise<boolean> {
    this.frames.push(frame);
    return this.answer(frame);
  }

  rejected(code: ErrorCode): void {
    this.rejections.push(code);
  }

  disconnected(connection: ConnectionStats, error: CodedError | undefined): void {
    this.left.push({ sender: connection, error });
  }

  /** The sequences of a camera's frames in the order in which they came. */
  sequences(camera: string): number[] {
    return this.frames.filter(({ connection }) => connection.name === camera).map(({ sequence }) => sequence);
  }
}

/** A subscription that runs; `await using` stops it. */
export class TrialSubscription implements AsyncDisposable {
  readonly handler = new TrialHandler();
  readonly log = new TrialLog();
  readonly #stop = new AbortController();
  readonly ended: Promise<void>;

  constructor(url: string, options: Partial<SubscriptionOptions> = {}) {
    const subscription = new Subscription(
      {
        nats: makeNatsOptions(url),
        subject: 'frames.>',
        limits: defaultFrameLimits,
        idleTimeoutMs: 10_000,
        mode: { kind: 'newest' },
        ...options,
      },
      this.handler,
      this.log,
    );
    this.ended = subscription.run(this.#stop.signal);
    this.ended.catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.ended.catch(() => undefined);
  }
}

/** Publishes frames; `await using` ends its connection. */
export class TrialPublisher implements AsyncDisposable {
  readonly connection: NatsConnection;
  readonly #publisher: FramePublisher;

  private constructor(connection: NatsConnection) {
    this.connection = connection;
    this.#publisher = new FramePublisher(connection);
  }

  static async open(url: string, retention: StreamRetention = 'newest'): Promise<TrialPublisher> {
    const connection = await connect({ servers: url, reconnect: false });
    await new StreamProvisioner(retention, new TrialLog()).ensure(connection);
    return new TrialPublisher(connection);
  }

  async publish(
    camera: string,
    sequence: number,
    metadata: Partial<FrameMetadata> = {},
    jpeg = picture,
  ): Promise<void> {
    await this.#publisher.publish(camera, { ...defaultFacts(camera, sequence), ...metadata }, jpeg);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection.close();
  }
}

export const picture = tinyJpeg(64, 48, 500);

export function defaultFacts(camera: string, sequence: number): FrameMetadata {
  return {
    sequence,
    stream: `${camera}-stream`,
    name: camera,
    address: '10.0.0.7:4711',
    capturedAtUs: undefined,
    receivedAtUs: undefined,
    age: undefined,
    publisher: 'trial',
    width: 64,
    height: 48,
  };
}
