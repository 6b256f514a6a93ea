import type { Camera } from '../../frames/camera.ts';
import type { ReceivedFrame } from '../../frames/received-frame.ts';
import { describeFrame } from '../lines/line-sink.ts';
import { Cursor, type Slot } from './latest-frames.ts';
import type { LiveHub } from './live-hub.ts';
import type { StreamingResponse } from './streaming-response.ts';
import type { WebStats } from './web-stats.ts';

/** Of the parts in a multipart stream: what mjpg-streamer's are called, as some players know no other. */
const boundary = 'boundarydonotcross';
export const multipartType = `multipart/x-mixed-replace;boundary=${boundary}`;
export const framedType = 'application/x-image-receiver-frames';

/** Sends one viewer what he looks at, each frame the newest when it is his turn, until he leaves. */
export class LiveStreams {
  readonly #hub: LiveHub;
  readonly #stats: WebStats;

  constructor(hub: LiveHub, stats: WebStats) {
    this.#hub = hub;
    this.#stats = stats;
  }

  /**
   * For the page: lines of JSON. Those of frames are nearly as of `--stdout framed`, their JPEGs right behind them; once a second comes one
   * of the state of all cameras.
   * @param key of the one camera that is looked at; undefined: all
   */
  sendFramed(response: StreamingResponse, key: string | undefined): Promise<void> {
    let told: number | undefined;
    return this.#send(response, key, {
      before: async () => {
        const { second } = this.#hub;
        if (told === second) return;
        const report = this.#hub.describe(told === undefined);
        told = second;
        await response.send(report);
      },
      send: ({ camera, frame }) => response.send(formatShown(frame, camera), frame.jpeg),
    });
  }

  /** For players of one camera: JPEGs as parts, each with the time of capture, or else of reception. */
  async sendMultipart(response: StreamingResponse, key: string): Promise<void> {
    await response.send(`--${boundary}\r\n`);
    await this.#send(response, key, {
      before: async () => undefined,
      send: ({ frame }) => {
        const { jpeg, capturedAtUs = frame.receivedAtUs } = frame;
        const time = `${Math.floor(capturedAtUs / 1e6)}.${String(capturedAtUs % 1e6).padStart(6, '0')}`;
        const head = `Content-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\nX-Timestamp: ${time}\r\n\r\n`;
        // Browsers show a part when they see its end.
        return response.send(head, jpeg, `\r\n--${boundary}\r\n`);
      },
    });
  }

  async #send(
    response: StreamingResponse,
    key: string | undefined,
    steps: { before(): Promise<void>; send(slot: Slot): Promise<boolean> },
  ): Promise<void> {
    const cursor = new Cursor(this.#hub.newest, key);
    this.#stats.viewers++;
    try {
      while (!response.signal.aborted) {
        await steps.before();
        const slot = cursor.next();
        if (slot === undefined) await this.#hub.changes.wait(response.signal);
        else if (await steps.send(slot)) this.#stats.frames++;
      }
    } finally {
      this.#stats.viewers--;
    }
  }
}

/**
 * A frame as viewers are told of it: not where its sender is, nor the id of its stream, by which anyone could end the sender's connection
 * and have frames of it taken for duplicates.
 */
function formatShown(frame: ReceivedFrame, { key }: Camera): string {
  const { address: _address, stream: _id, ...shown } = describeFrame(frame);
  return `${JSON.stringify({ camera: key, ...shown })}\n`;
}
