import type { NatsConnection } from '@nats-io/transport-node';
import type { Conclusion } from '../../delivery/retry-policy.ts';
import { createStreamId } from '../../delivery/stream-id.ts';
import type { Connector, Uplink, UplinkListener } from '../../delivery/uplink.ts';
import type { CodedError } from '../../errors.ts';
import { plainName } from '../../frames/camera-key.ts';
import type { NumberedFrame } from '../../protocol/frame.ts';
import type { StreamId } from '../../protocol/wire2/message.ts';
import { onAbort } from '../../system/abort.ts';
import { readMonotonicUs } from '../../system/clock.ts';
import type { Log } from '../../system/log.ts';
import { answerClock } from '../clock-service.ts';
import type { FrameMetadata } from '../frame-headers.ts';
import { FramePublisher } from '../frame-publisher.ts';
import { concludeNats, Nats, type NatsOptions } from '../nats.ts';
import { StreamProvisioner, type StreamRetention } from '../stream-provisioner.ts';
import { framesOf } from '../subjects.ts';
import { NatsUplink } from './nats-uplink.ts';
import { OwnCameraEvents } from './own-camera-events.ts';

export interface NatsConnectorOptions {
  readonly nats: NatsOptions;
  /** The retention of the stream, if there is none yet. */
  readonly retention: StreamRetention;
  /** The name of the camera. */
  readonly name: string;
  /** Longest time without the server acknowledging a frame, in milliseconds. */
  readonly sendTimeoutMs: number;
  /** Time without a picture after which the camera counts as stalled, in milliseconds. */
  readonly stallAfterMs: number;
}

/** More bytes in flight would help no link, and pings wait behind them: 10 s of 50 KB/s. */
const maxBytesInFlight = 2 ** 19;

/** Connects to a NATS server whose stream takes the frames of one camera. */
export class NatsConnector implements Connector {
  readonly #options: NatsConnectorOptions;
  readonly #provisioner: StreamProvisioner;
  readonly #nats: Nats;
  readonly #events: OwnCameraEvents;
  readonly #ids = new WeakMap<NumberedFrame, string>();
  /** Of this run of the sender, which is the publisher too. */
  readonly stream: StreamId;
  /** The camera's key. */
  readonly camera: string;
  readonly address: string;
  /** The line of the stream says it too. */
  readonly connectedLine = undefined;
  /** So that others learn of the camera even while it gives no pictures. */
  readonly staysConnected = true;
  readonly countsRejected = false;
  readonly maxBytesInFlight = maxBytesInFlight;

  constructor(options: NatsConnectorOptions, log: Log) {
    const { name, nats, retention, stallAfterMs } = options;
    this.#options = options;
    this.stream = createStreamId(name);
    this.camera = plainName(name);
    this.address = nats.address.servers.join(',');
    this.#provisioner = new StreamProvisioner(retention, log, framesOf(this.camera));
    this.#nats = new Nats(nats, log);
    const camera = { key: this.camera, name, stream: this.stream, address: undefined };
    this.#events = new OwnCameraEvents(this.stream, camera, stallAfterMs, log);
  }

  conclude(error: CodedError): Conclusion {
    // The last connections broke as the server acknowledged no frame over them.
    return error.code === 'SEND_FAILED' ? { code: 'PUBLISH_FAILED', advice: '' } : concludeNats(error);
  }

  /**
   * @throws CodedError CONNECT_FAILED, also when `signal` aborts, REJECTED, UNTRUSTED,
   * STREAM_UNUSABLE
   */
  connect(listener: UplinkListener, signal: AbortSignal): Promise<Uplink> {
    this.#events.begin();
    const stop = new AbortController();
    const stopWatching = onAbort(signal, () => stop.abort());
    return new Promise((resolve, reject) => {
      const using = this.#nats.use(async (connection, over) => {
        await this.#provisioner.ensure(connection);
        answerClock(connection, this.stream);
        this.#events.attach(connection, over);
        stopWatching();
        const close = async () => {
          this.#events.end();
          stop.abort();
          await using;
        };
        if (!over.aborted) resolve(this.#open(connection, over, { listener, close }));
      }, stop.signal);
      // It is called off where there is an uplink already.
      using.then(reject, reject).finally(stopWatching);
    });
  }

  close(): void {
    this.#events.end();
  }

  #open(
    connection: NatsConnection,
    over: AbortSignal,
    { listener, close }: { listener: UplinkListener; close: () => Promise<void> },
  ): Uplink {
    const { sendTimeoutMs } = this.#options;
    const publisher = new FramePublisher(connection, { provisioner: this.#provisioner, timeoutMs: sendTimeoutMs });
    const publish = (frame: NumberedFrame) => {
      this.#events.count();
      return publisher.publish(this.camera, this.#describe(frame), frame.jpeg, this.#identify(frame));
    };
    const abandon = (reason: string) => this.#nats.abandon(reason);
    return new NatsUplink({ publish, abandon, close, sendTimeoutMs, over }, listener);
  }

  /**
   * The server leaves out what it gets twice, as after a connection that broke before its answer.
   * Nobody can tell it in advance.
   */
  #identify(frame: NumberedFrame): string {
    const id = this.#ids.get(frame) ?? crypto.randomUUID();
    this.#ids.set(frame, id);
    return id;
  }

  #describe({ sequence, width, height, capturedAtUs, capturedMonotonicUs }: NumberedFrame): FrameMetadata {
    const atUs = readMonotonicUs();
    return {
      width,
      height,
      sequence,
      stream: this.stream,
      name: this.#options.name,
      address: undefined,
      capturedAtUs,
      receivedAtUs: undefined,
      age: { us: atUs - capturedMonotonicUs, errorUs: 0, atUs },
      publisher: this.stream,
    };
  }
}
