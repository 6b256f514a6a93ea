import { LatestFrameQueue } from '../../src/delivery/frame-queue.ts';
import type { Sender } from '../../src/delivery/sender.ts';
import type { CapturedFrame } from '../../src/protocol/frame.ts';
import { pause } from '../../src/system/abort.ts';
import { readCaptureTime } from '../../src/system/clock.ts';
import { createTcpSender } from '../../src/transport/connect/tcp-sender.ts';
import { tinyJpeg } from './jpeg.ts';

const width = 480;
const height = 315;

export interface CrowdOptions {
  /** Ports of the receivers, which are taken by turns. */
  readonly ports: readonly number[];
  readonly cameras: number;
  readonly everyMs: number;
  /** Of each JPEG. */
  readonly bytes: number;
  /** Frames that may be in flight. */
  readonly maxInFlight?: number;
}

/** Senders of this process, `cam-0` and on, that send to receivers until the block ends. */
export class Crowd implements AsyncDisposable {
  readonly senders: readonly Sender[];
  readonly names: readonly string[];
  readonly #stop = new AbortController();
  readonly #running: Promise<unknown>;
  readonly lines: string[] = [];

  constructor({ ports, cameras, everyMs, bytes, maxInFlight = 2 }: CrowdOptions) {
    this.names = Array.from({ length: cameras }, (_, i) => `cam-${i}`);
    const queues = this.names.map((_, i) => new LatestFrameQueue(film(i, everyMs, bytes, this.#stop.signal)));
    this.senders = queues.map((queue, i) =>
      this.#open(queue, { port: ports[i % ports.length] ?? 0, name: this.names[i] ?? '', maxInFlight }),
    );
    this.#running = Promise.all(this.senders.map((sender) => sender.run(this.#stop.signal)));
    this.#running.catch((error) => this.lines.push(String(error)));
  }

  get frames(): number {
    return this.senders.reduce((sum, { frames }) => sum + frames, 0);
  }

  get dropped(): number {
    return this.senders.reduce((sum, { dropped }) => sum + dropped, 0);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running.catch(() => undefined);
  }

  #open(queue: LatestFrameQueue, own: { port: number; name: string; maxInFlight: number }): Sender {
    const target = { host: '127.0.0.1', tls: undefined, wire: '2', token: new Uint8Array() } as const;
    const limits = { count: 0, bufferBytes: 2 ** 24, retries: 0, delivery: 'latest' } as const;
    const timeouts = { connectTimeoutMs: 10_000, sendTimeoutMs: 30_000, idleTimeoutMs: 20_000 };
    const say = (line: string) => void this.lines.push(`${own.name}: ${line}`);
    return createTcpSender({ ...target, ...own, ...limits, ...timeouts }, queue, { info: say, warn: say });
  }
}

async function* film(
  camera: number,
  everyMs: number,
  bytes: number,
  signal: AbortSignal,
): AsyncGenerator<CapturedFrame, void, undefined> {
  // Not all at once.
  let nextMs = performance.now() + (camera * everyMs) / 7;
  const jpeg = tinyJpeg(width, height, bytes);
  while (!signal.aborted) {
    await pause(nextMs - performance.now(), signal);
    yield { jpeg, width, height, ...readCaptureTime() };
    // A camera that is held up does not make up for it.
    nextMs = Math.max(nextMs + everyMs, performance.now());
  }
}
