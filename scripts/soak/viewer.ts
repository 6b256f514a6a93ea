/** A viewer of one camera, which reads its stream as a browser does, and can leave and come again. */
export class Viewer {
  readonly #url: string;
  #stop = new AbortController();
  #reading: Promise<void> = Promise.resolve();
  bytes = 0;
  /** Answers that were no stream, and streams that ended by themselves. */
  readonly failures: string[] = [];

  /** @param url such as `http://127.0.0.1:8000/stream/garden` */
  constructor(url: string) {
    this.#url = url;
  }

  start(): void {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    this.#reading = this.#read(signal).catch((error: unknown) => {
      if (!signal.aborted) this.failures.push(String(error));
    });
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#reading;
  }

  async #read(signal: AbortSignal): Promise<void> {
    const response = await fetch(this.#url, { signal });
    if (!response.ok || response.body === null) throw new Error(`${this.#url} was answered with ${response.status}`);
    for await (const piece of response.body) this.bytes += piece.length;
    throw new Error(`${this.#url} ended by itself`);
  }
}
