import { describeFrame } from '../../describe-frame.ts';
import type { StreamingResponse } from '../http/streaming-response.ts';
import type { WebStats } from '../web-stats.ts';
import { Cursor, type ShownFrame, type ViewerWishes } from './latest-frames.ts';
import type { LiveHub } from './live-hub.ts';

/**
 * Between the parts of a multipart stream. It is that of mjpg-streamer, because some players know
 * no other.
 */
const boundary = 'boundarydonotcross';
export const multipartType = `multipart/x-mixed-replace;boundary=${boundary}`;
export const framedType = 'application/x-image-receiver-frames';

/**
 * Sends live streams, each until its viewer leaves. A frame is chosen when the viewer's connection
 * has room: it is the newest then.
 */
export class LiveStreams {
  readonly #hub: LiveHub;
  readonly #stats: WebStats;

  constructor(hub: LiveHub, stats: WebStats) {
    this.#hub = hub;
    this.#stats = stats;
  }

  /**
   * For the page: lines of JSON. The line of a frame is nearly that of `--stdout framed`, and its
   * JPEG follows it. Once a second there is a line with the state of all cameras.
   */
  sendFramed(response: StreamingResponse, wishes: ViewerWishes): Promise<void> {
    let reported: number | undefined;
    return this.#send(response, wishes, {
      before: async () => {
        const { second } = this.#hub;
        if (reported === second) return;
        const report = this.#hub.describe(reported === undefined);
        reported = second;
        await response.send(report);
      },
      send: (shown) => response.send(formatFrame(shown), shown.frame.jpeg),
    });
  }

  /**
   * For players of one camera: each part is a JPEG, with its time of capture, or of reception where
   * that is not known.
   */
  async sendMultipart(response: StreamingResponse, key: string): Promise<void> {
    await response.send(`--${boundary}\r\n`);
    await this.#send(
      response,
      { key },
      {
        before: async () => undefined,
        send: ({ frame }) => {
          const { jpeg, capturedAtUs = frame.receivedAtUs } = frame;
          const time = `${Math.floor(capturedAtUs / 1e6)}.${String(capturedAtUs % 1e6).padStart(6, '0')}`;
          const head = `Content-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\nX-Timestamp: ${time}\r\n\r\n`;
          // A browser shows a part when it sees the next boundary.
          return response.send(head, jpeg, `\r\n--${boundary}\r\n`);
        },
      },
    );
  }

  async #send(
    response: StreamingResponse,
    wishes: ViewerWishes,
    steps: { before(): Promise<void>; send(shown: ShownFrame): Promise<boolean> },
  ): Promise<void> {
    const cursor = new Cursor(this.#hub.latest, wishes);
    this.#stats.viewers++;
    try {
      while (!response.signal.aborted) {
        await steps.before();
        const shown = cursor.next();
        if (shown === undefined) await this.#hub.wait(wishes.key, response.signal);
        else if (await steps.send(shown)) this.#stats.frames++;
      }
    } finally {
      this.#stats.viewers--;
    }
  }
}

/**
 * The line of a frame for viewers. It has neither the address of the sender nor the id of its
 * stream: with that id anyone could end the connection of the sender, and make the receiver take
 * its frames for duplicates.
 */
function formatFrame({ frame, camera: { key }, result }: ShownFrame): string {
  const { address: _address, stream: _id, ...shown } = describeFrame(frame);
  const detections = result?.detections.map(({ extra: _, ...detection }) => detection);
  return `${JSON.stringify({ camera: key, ...shown, ...(detections && { detections }) })}\n`;
}
