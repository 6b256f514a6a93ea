import assert from 'node:assert/strict';
import { jetstreamManager, type StoredMsg } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { createFrameQueue } from '../../src/delivery/create-queue.ts';
import { Sender } from '../../src/delivery/sender.ts';
import { NatsConnector } from '../../src/nats/sending/nats-connector.ts';
import type { NatsSenderOptions } from '../../src/nats/sending/nats-sender.ts';
import type { Delivery } from '../../src/protocol/frame.ts';
import { makeNatsOptions } from '../support/nats-options.ts';
import { TrialCamera } from '../support/trial-camera.ts';
import { TrialLog } from '../support/trial-log.ts';

/** A sender at work, and the end of it. */
export class TrialSender implements AsyncDisposable {
  readonly camera = new TrialCamera();
  readonly log = new TrialLog();
  readonly sender: Sender;
  readonly connector: NatsConnector;
  readonly #stop = new AbortController();
  /** Undefined, or why it failed. */
  readonly ended: Promise<unknown>;

  constructor(url: string, delivery: Delivery, over: Partial<NatsSenderOptions> = {}, retries = 0, isLive = false) {
    const defaultValue: NatsSenderOptions = {
      nats: makeNatsOptions(url, { retries }),
      retention: { frames: 1000 },
      name: 'gate',
      delivery,
      count: 0,
      maxInFlight: 2,
      bufferBytes: 16e6,
      sendTimeoutMs: 30_000,
      stallAfterMs: 10_000,
    };
    const options = { ...defaultValue, ...over };
    const queue = createFrameQueue(this.camera, { ...options, isLive });
    this.connector = new NatsConnector(options, this.log);
    this.sender = new Sender({ connector: this.connector, queue, log: this.log }, { ...options, retries });
    this.ended = this.sender.run(this.#stop.signal).then(
      () => undefined,
      (error) => error,
    );
  }

  get warnings(): string[] {
    return this.log.lines.filter((line) => line.startsWith('warn'));
  }

  stop(): void {
    this.#stop.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await this.ended;
    this.camera.end();
    const { captured, frames, rejected, dropped, uncertain, unsent } = this.sender;
    // Each captured frame is in one figure, and in no second one, whatever the test was about.
    assert.equal(frames + rejected + dropped + uncertain + unsent, captured);
  }
}

/** A server's streams and messages, as another client sees them. */
export class StreamObserver implements AsyncDisposable {
  readonly connection: NatsConnection;

  private constructor(connection: NatsConnection) {
    this.connection = connection;
  }

  static async open(url: string): Promise<StreamObserver> {
    return new StreamObserver(await connect({ servers: url }));
  }

  /** All messages of the stream, the oldest first. */
  async readStream(stream = 'FRAMES'): Promise<StoredMsg[]> {
    const { streams } = await jetstreamManager(this.connection);
    const { state } = await streams.info(stream);
    const found: StoredMsg[] = [];
    for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
      const message = await streams.getMessage(stream, { seq });
      if (message?.subject.startsWith('frames.')) found.push(message);
    }
    return found;
  }

  async readSequences(stream?: string): Promise<number[]> {
    return (await this.readStream(stream)).map(({ header }) => Number(header.get('Frame-Sequence')));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection.close();
  }
}
