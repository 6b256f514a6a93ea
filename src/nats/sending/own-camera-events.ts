import type { NatsConnection } from '@nats-io/transport-node';
import { StallDetector } from '../../frames/stall-detector.ts';
import type { Log } from '../../system/log.ts';
import { CameraEventPublisher, type PublishedCamera } from '../camera-event-publisher.ts';

/** Tells of the one camera of a sender that publishes by itself. */
export class OwnCameraEvents {
  readonly #camera: PublishedCamera;
  readonly #stallAfterMs: number;
  readonly #events: CameraEventPublisher;
  /** Undefined before its first picture. */
  #stall: StallDetector | undefined;
  #frames = 0;
  #hasEnded = false;

  /**
   * @param publisher the name of this publisher in its events
   * @param stallAfterMs time without a picture after which it counts as stalled, in milliseconds
   */
  constructor(publisher: string, camera: PublishedCamera, stallAfterMs: number, log: Log) {
    this.#camera = camera;
    this.#stallAfterMs = stallAfterMs;
    this.#events = new CameraEventPublisher(publisher, log);
  }

  attach(connection: NatsConnection, over: AbortSignal): void {
    this.#events.attach(connection, over);
  }

  /** Its first picture is there. Nothing, where it was before. */
  begin(): void {
    if (this.#stall !== undefined) return;
    this.#stall = new StallDetector(this.#stallAfterMs, performance.now(), (stalledMs) => {
      this.#events.stall(this.#camera, { frames: this.#frames, stalledMs });
    });
    this.#events.up(this.#camera);
  }

  /** Another one. */
  count(): void {
    this.#frames++;
    if (this.#stall?.countFrame(performance.now()) !== undefined) this.#events.up(this.#camera);
  }

  /** It is gone. Nothing, where it was before, or never there. */
  end(): void {
    if (this.#stall === undefined || this.#hasEnded) return;
    this.#hasEnded = true;
    this.#stall.stop();
    this.#events.down(this.#camera, { frames: this.#frames, reason: null });
  }
}
