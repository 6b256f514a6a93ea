import type { Camera } from '../../../src/frames/camera.ts';
import { CameraRegistry } from '../../../src/frames/camera-registry.ts';
import type { ConnectionStats, ReceivedFrame } from '../../../src/frames/received-frame.ts';
import type { WebSettings, WebSink } from '../../../src/sinks/web/web-sink.ts';
import { readWallClockUs } from '../../../src/system/clock.ts';
import { makeReceived, makeSender } from '../../support/frames.ts';

/** The settings of a page on a free port of this machine. */
export const trialSettings: WebSettings = {
  host: '127.0.0.1',
  port: 0,
  tls: undefined,
  token: undefined,
  recordings: undefined,
  metrics: undefined,
};

/** A camera that sends what the test says, as the pipeline of a receiver would. */
export class TrialCamera {
  readonly sender: ConnectionStats;
  readonly camera: Camera;
  readonly #cameras: CameraRegistry;
  readonly #sink: Pick<WebSink, 'write'>;

  constructor(cameras: CameraRegistry, sink: Pick<WebSink, 'write'>, name: string) {
    this.#cameras = cameras;
    this.#sink = sink;
    this.sender = makeSender({ name, delivery: 'latest' });
    this.camera = cameras.connected(this.sender);
  }

  get key(): string {
    return this.camera.key;
  }

  /** @param latencyMs null: the clocks are not compared */
  send(jpeg: Uint8Array, { width = 480, height = 315, latencyMs = 5 as number | null } = {}): ReceivedFrame {
    const receivedAtUs = readWallClockUs();
    const us = latencyMs === null ? undefined : latencyMs * 1000;
    const latency = us === undefined ? undefined : { us, errorUs: 100 };
    const sequence = ++this.sender.frames;
    this.sender.bytes += jpeg.length;
    const capturedAtUs = receivedAtUs - (us ?? 0);
    this.sender.latency.add(receivedAtUs - capturedAtUs, us);
    const frame = makeReceived({
      ...{ jpeg, width, height, connection: this.sender, sequence, receivedAtUs, capturedAtUs, latency },
    });
    this.#cameras.countFrame(frame);
    this.#sink.write(frame);
    return frame;
  }

  leave(): void {
    this.#cameras.disconnected(this.sender, undefined);
  }
}

export function makeCameras(): CameraRegistry {
  return new CameraRegistry();
}
