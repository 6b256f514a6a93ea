import type { NatsConnection } from '@nats-io/transport-node';
import { CodedError } from '../../errors.ts';
import type { Camera } from '../../frames/camera.ts';
import type { ReceivedFrame } from '../../frames/received-frame.ts';
import type { FrameMetadata } from '../../nats/frame-headers.ts';
import { FramePublisher } from '../../nats/frame-publisher.ts';
import { InFlightLimit } from '../../nats/in-flight-limit.ts';
import { isTimeout } from '../../nats/nats-error.ts';
import { measureRoundTrip } from '../../nats/round-trip.ts';
import type { StreamProvisioner } from '../../nats/stream-provisioner.ts';
import { readClocks } from '../../system/clock.ts';
import { Notify } from '../../system/notify.ts';
import type { FrameProcessor } from '../queue/frame-processor.ts';

/** Of JPEGs in flight: what a NATS server that freezes leaves in memory, beside what waits. */
const maxBytesUnderWay = 4 * 2 ** 20;

/** A connection that takes frames. */
interface Line {
  readonly publisher: FramePublisher;
  readonly pace: InFlightLimit;
}

/**
 * Publishes frames over the connection that is there. They wait while there is none, and while no
 * more fit on the link.
 */
export class PublishProcessor implements FrameProcessor {
  readonly #publisherId: string;
  readonly #provisioner: StreamProvisioner;
  readonly #expire: () => void;
  readonly #stop: AbortSignal;
  readonly #changes = new Notify();
  #line: Line | undefined;
  #inFlight = 0;
  #bytesUnderWay = 0;

  /**
   * @param expire for when the server did not answer for a frame in time
   * @param stop from its abort on, neither a connection nor room is waited for
   */
  constructor(publisherId: string, provisioner: StreamProvisioner, expire: () => void, stop: AbortSignal) {
    this.#publisherId = publisherId;
    this.#provisioner = provisioner;
    this.#expire = expire;
    this.#stop = stop;
  }

  async attach(connection: NatsConnection, over: AbortSignal): Promise<void> {
    const pace = new InFlightLimit(await measureRoundTrip(connection, over), performance.now());
    if (over.aborted) return;
    const line = { publisher: new FramePublisher(connection, { provisioner: this.#provisioner }), pace };
    this.#line = line;
    over.addEventListener('abort', () => {
      if (this.#line === line) this.#line = undefined;
    });
    this.#changes.notify();
  }

  async ready(): Promise<() => void> {
    while (!this.#hasRoom() && !this.#stop.aborted) await this.#changes.wait(this.#stop);
    this.#inFlight++;
    return () => {
      this.#inFlight--;
      this.#changes.notify();
    };
  }

  async process(frame: ReceivedFrame, camera: Camera): Promise<void> {
    const line = this.#line;
    if (line === undefined) throw new CodedError('PUBLISH_FAILED', 'Cannot publish: there is no connection');
    this.#bytesUnderWay += frame.jpeg.length;
    try {
      await line.publisher.publish(camera.key, toMetadata(frame, this.#publisherId), frame.jpeg);
      line.pace.count(performance.now());
    } catch (error) {
      // It would still go out, and everything behind it later and later.
      if (isTimeout(error) && line === this.#line) this.#expire();
      throw error;
    } finally {
      this.#bytesUnderWay -= frame.jpeg.length;
    }
  }

  #hasRoom(): boolean {
    if (this.#line === undefined) return false;
    return this.#inFlight < this.#line.pace.room && this.#bytesUnderWay < maxBytesUnderWay;
  }
}

function toMetadata(frame: ReceivedFrame, publisher: string): FrameMetadata {
  const { sequence, width, height, stream, connection, capturedAtUs, receivedAtUs, latency } = frame;
  const { monotonicUs, wallUs } = readClocks();
  const atUs = monotonicUs - Math.max(0, wallUs - receivedAtUs);
  return {
    ...{ sequence, width, height, stream, capturedAtUs, receivedAtUs, publisher },
    name: connection.name,
    address: connection.address,
    age: latency === undefined ? undefined : { ...latency, atUs },
  };
}
