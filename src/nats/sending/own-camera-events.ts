import type { NatsConnection } from '@nats-io/transport-node';
import type { Log } from '../../system/log.ts';
import { SilenceTimer } from '../../system/silence-timer.ts';
import { CameraEventPublisher, type PublishedCamera } from '../camera-event-publisher.ts';

/** Tells of the one camera of a sender that publishes by itself. */
export class OwnCameraEvents {
  readonly #camera: PublishedCamera;
  readonly #stallAfterMs: number;
  readonly #events: CameraEventPublisher;
  #silence: SilenceTimer | undefined;
  #lastMs = 0;
  #frames = 0;
  #isStalled = false;
  #hasEnded = false;

  /**
   * @param publisher that tells
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
    if (this.#silence !== undefined) return;
    this.#lastMs = performance.now();
    this.#silence = new SilenceTimer(this.#stallAfterMs, () => this.#stall());
    this.#events.up(this.#camera);
  }

  /** Another one. */
  count(): void {
    this.#frames++;
    this.#lastMs = performance.now();
    this.#silence?.heard();
    if (this.#isStalled) this.#events.up(this.#camera);
    this.#isStalled = false;
  }

  /** It is gone. Nothing, where it was before, or never there. */
  end(): void {
    if (this.#silence === undefined || this.#hasEnded) return;
    this.#hasEnded = true;
    this.#silence.stop();
    this.#events.down(this.#camera, { frames: this.#frames, reason: null });
  }

  #stall(): void {
    this.#isStalled = true;
    const stalledMs = Math.round(performance.now() - this.#lastMs);
    this.#events.stall(this.#camera, { frames: this.#frames, stalledMs });
  }
}
