import type { Buffer } from 'node:buffer';
import { get } from 'node:http';
import { get as getByTls } from 'node:https';

/** Our page, mjpg-streamer and ustreamer name it so. */
const partHead = 'boundarydonotcross\r\nContent-Type';

/** Reads a stream of pictures over HTTP as a browser does. */
export class StreamWatch implements Disposable {
  /** Pictures that have begun to arrive. */
  pictures = 0;
  /** Capture of the first of them: microseconds since 1970. */
  firstUs: number | undefined;
  #tail = '';
  readonly #stop = new AbortController();

  /** @param url a certificate is not checked */
  constructor(url: string) {
    const options = { rejectUnauthorized: false, signal: this.#stop.signal };
    const request = (url.startsWith('https:') ? getByTls : get)(url, options, (response) => {
      response.on('data', (chunk: Buffer) => this.#read(chunk));
      response.on('error', () => undefined);
    });
    request.on('error', () => undefined);
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  #read(chunk: Buffer): void {
    const text = this.#tail + chunk.toString('latin1');
    this.pictures += text.split(partHead).length - 1;
    if (this.firstUs === undefined) {
      const [, seconds = '', fraction = ''] = /X-Timestamp: (\d+)\.(\d{6})/.exec(text) ?? [];
      if (seconds !== '') this.firstUs = Number(seconds) * 1e6 + Number(fraction);
    }
    // No part of a boundary is counted twice.
    this.#tail = text.slice(-(partHead.length - 1));
  }
}
