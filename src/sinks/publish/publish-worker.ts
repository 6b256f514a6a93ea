import type { NatsConnection } from '@nats-io/transport-node';
import type { FrameFacts } from '../../broker/frame-headers.ts';
import { FramePublisher } from '../../broker/frame-publisher.ts';
import type { Camera } from '../../cameras/camera.ts';
import type { ReceivedFrame } from '../../link/receiving/received-frame.ts';
import { CodedError } from '../../protocol/errors.ts';
import { Bell } from '../../system/bell.ts';
import { readMonotonicUs, readWallClockUs } from '../../system/clock.ts';
import type { FrameWorker } from '../paced-sink.ts';

/** Publishes frames over whichever connection there is, and has them wait while there is none. */
export class PublishWorker implements FrameWorker {
  readonly #publisherId: string;
  readonly #stop: AbortSignal;
  readonly #onMissing: () => void;
  readonly #bell = new Bell();
  #publisher: FramePublisher | undefined;

  /**
   * @param stop from its abort on, no connection is waited for
   * @param onMissing no stream took a frame
   */
  constructor(publisherId: string, stop: AbortSignal, onMissing: () => void) {
    this.#publisherId = publisherId;
    this.#stop = stop;
    this.#onMissing = onMissing;
  }

  attach(connection: NatsConnection, over: AbortSignal): void {
    const publisher = new FramePublisher(connection);
    this.#publisher = publisher;
    over.addEventListener('abort', () => {
      if (this.#publisher === publisher) this.#publisher = undefined;
    });
    this.#bell.ring();
  }

  async ready(): Promise<void> {
    while (this.#publisher === undefined && !this.#stop.aborted) await this.#bell.heard(this.#stop);
  }

  async work(frame: ReceivedFrame, camera: Camera): Promise<void> {
    if (this.#publisher === undefined) throw new CodedError('PUBLISH_FAILED', 'Cannot publish: there is no connection');
    try {
      await this.#publisher.publish(camera.key, describeFrame(frame, this.#publisherId), frame.jpeg);
    } catch (error) {
      if (error instanceof CodedError && error.code === 'STREAM_UNUSABLE') this.#onMissing();
      throw error;
    }
  }
}

function describeFrame(frame: ReceivedFrame, publisher: string): FrameFacts {
  const { number, width, height, stream, sender, capturedAtUs, receivedAtUs, lateness } = frame;
  const atUs = readMonotonicUs() - Math.max(0, readWallClockUs() - receivedAtUs);
  return {
    ...{ number, width, height, stream, capturedAtUs, receivedAtUs, publisher },
    name: sender.name,
    sender: sender.address,
    age: lateness === undefined ? undefined : { ...lateness, atUs },
  };
}
