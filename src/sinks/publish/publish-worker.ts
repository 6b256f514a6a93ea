import type { NatsConnection } from '@nats-io/transport-node';
import { isTimeout } from '../../broker/broker-error.ts';
import type { FrameFacts } from '../../broker/frame-headers.ts';
import { FramePublisher } from '../../broker/frame-publisher.ts';
import { LinkPace } from '../../broker/link-pace.ts';
import { measureRoundTrip } from '../../broker/round-trip.ts';
import type { StreamKeeper } from '../../broker/stream-keeper.ts';
import type { Camera } from '../../cameras/camera.ts';
import type { ReceivedFrame } from '../../link/receiving/received-frame.ts';
import { CodedError } from '../../protocol/errors.ts';
import { Bell } from '../../system/bell.ts';
import { readClocks } from '../../system/clock.ts';
import type { FrameWorker } from '../paced/paced-sink.ts';

/** Of JPEGs under way: what a broker that freezes leaves in memory, beside what waits. */
const mostBytesUnderWay = 4 * 2 ** 20;

/** A connection that takes frames. */
interface Line {
  readonly publisher: FramePublisher;
  readonly pace: LinkPace;
}

/** Publishes frames over whichever connection there is, and has them wait while there is none, or no more than the link carries. */
export class PublishWorker implements FrameWorker {
  readonly #publisherId: string;
  readonly #keeper: StreamKeeper;
  readonly #expire: () => void;
  readonly #stop: AbortSignal;
  readonly #bell = new Bell();
  #line: Line | undefined;
  #underWay = 0;
  #bytesUnderWay = 0;

  /**
   * @param expire for when the server did not answer for a frame in time
   * @param stop from its abort on, neither a connection nor room is waited for
   */
  constructor(publisherId: string, keeper: StreamKeeper, expire: () => void, stop: AbortSignal) {
    this.#publisherId = publisherId;
    this.#keeper = keeper;
    this.#expire = expire;
    this.#stop = stop;
  }

  async attach(connection: NatsConnection, over: AbortSignal): Promise<void> {
    const pace = new LinkPace(await measureRoundTrip(connection, over), performance.now());
    if (over.aborted) return;
    const line = { publisher: new FramePublisher(connection, { keeper: this.#keeper }), pace };
    this.#line = line;
    over.addEventListener('abort', () => {
      if (this.#line === line) this.#line = undefined;
    });
    this.#bell.ring();
  }

  async ready(): Promise<() => void> {
    while (!this.#hasRoom() && !this.#stop.aborted) await this.#bell.heard(this.#stop);
    this.#underWay++;
    return () => {
      this.#underWay--;
      this.#bell.ring();
    };
  }

  async work(frame: ReceivedFrame, camera: Camera): Promise<void> {
    const line = this.#line;
    if (line === undefined) throw new CodedError('PUBLISH_FAILED', 'Cannot publish: there is no connection');
    this.#bytesUnderWay += frame.jpeg.length;
    try {
      await line.publisher.publish(camera.key, describeFrame(frame, this.#publisherId), frame.jpeg);
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
    return this.#underWay < this.#line.pace.room && this.#bytesUnderWay < mostBytesUnderWay;
  }
}

function describeFrame(frame: ReceivedFrame, publisher: string): FrameFacts {
  const { number, width, height, stream, sender, capturedAtUs, receivedAtUs, lateness } = frame;
  const { monotonicUs, wallUs } = readClocks();
  const atUs = monotonicUs - Math.max(0, wallUs - receivedAtUs);
  return {
    ...{ number, width, height, stream, capturedAtUs, receivedAtUs, publisher },
    name: sender.name,
    sender: sender.address,
    age: lateness === undefined ? undefined : { ...lateness, atUs },
  };
}
