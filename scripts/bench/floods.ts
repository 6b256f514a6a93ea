import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { LatestFrameQueue } from '../../src/delivery/frame-queue.ts';
import type { Sender } from '../../src/delivery/sender.ts';
import type { CapturedFrame } from '../../src/protocol/frame.ts';
import { pause } from '../../src/system/abort.ts';
import { readCaptureTime } from '../../src/system/clock.ts';
import { createTcpSender } from '../../src/transport/connect/tcp-sender.ts';
import { Child } from '../../test/support/child.ts';
import { tinyJpeg } from '../../test/support/jpeg.ts';
import { Scratch } from '../cli/scratch.ts';
import { type FloodKind, floodKinds } from './flood-kinds.ts';
import { countRecorded, countSaved, goodName, startWatched } from './flood-watch.ts';
import { readMegabytes } from './loads/cpu.ts';
import { StreamWatch } from './loads/stream-watch.ts';
import { percentile } from './ratios.ts';
import { programFile, say, timeoutMs } from './support.ts';

const framesPerSecond = 30;
const pictureBytes = 30_000;
const quietS = 3;
const floodS = 4;
/** Until what waits in sinks is done. */
const settleS = 1;
const [width, height] = [640, 480];
const [goodAddress, otherAddress] = ['127.0.0.1', '127.0.0.2'];
const token = 'a token for the bench';

export interface FloodOptions {
  /** The command of the receiver. */
  readonly receiver?: readonly string[];
  readonly kinds?: readonly string[];
}

/** Each kind of flood beside a good camera, from another address and from the camera's own: how late its pictures are, and which are lost. */
export async function compareFloods({ receiver, kinds }: FloodOptions = {}): Promise<void> {
  const unknown = kinds?.find((kind) => !(kind in floodKinds));
  if (unknown !== undefined)
    throw new Error(`Cannot flood with '${unknown}': there are ${Object.keys(floodKinds).join(', ')}`);
  const command = receiver ?? [programFile('image-receiver')];
  say(
    `floods: ${floodS} s of each beside a camera with ${framesPerSecond} pictures of ${pictureBytes / 1000} kB a second, which is`,
  );
  say(
    'without a flood before; --save, --record, --stdout framed, --web with a viewer; from capture to the reader of standard output',
  );
  say(
    row([
      'flood',
      'from',
      'before: p50',
      'p99',
      'max',
      'with: p50',
      'p99',
      'max ms',
      'sent',
      'by sender',
      'save',
      'record',
      'stdout',
      'page',
      'MB',
    ]),
  );
  for (const [name, kind] of Object.entries(floodKinds)) {
    if (kinds !== undefined && !kinds.includes(name)) continue;
    for (const address of [otherAddress, goodAddress]) await measure(command, name, kind, address);
  }
}

async function measure(command: readonly string[], name: string, kind: FloodKind, address: string): Promise<void> {
  using scratch = new Scratch('floods');
  const folder = scratch.path;
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, token, { mode: 0o600 });
  const [saved, recorded] = [join(folder, 'saved'), join(folder, 'recorded')];
  const [program = '', ...words] = command;
  const semaphore = { none: [], TLS: ['--tls'], token: ['--token-file', tokenFile] }[kind.receiver ?? 'none'];
  const sinks = ['--save', saved, '--record', recorded, '--stdout', 'framed', '--web', '0'];
  const receiver = startWatched(program, [...words, '--port', '0', '--duration', '1m', ...sinks, ...semaphore], folder);
  const good = new GoodCamera();
  try {
    const port = Number((await receiver.waitFor(/listening on [^ ]*:(\d+)/, timeoutMs))[1]);
    const pagePort = Number((await receiver.waitFor(/page is at https?:\/\/[^ ]*:(\d+)/, timeoutMs))[1]);
    const pin = kind.receiver === 'TLS' ? (await receiver.waitFor(/--tls-pin (sha256:\w+)/, timeoutMs))[1] : undefined;
    good.start(port, { pin, secret: kind.receiver === 'token' ? token : '' });
    await receiver.waitFor(new RegExp(`${goodName} .*sends pictures`), timeoutMs);
    const scheme = kind.receiver === 'TLS' ? 'https' : 'http';
    using page = new StreamWatch(`${scheme}://127.0.0.1:${pagePort}/stream/${goodName}`);
    await delay(quietS * 1000);
    const quiet = receiver.framed.latenciesMs.slice(framesPerSecond);
    const from = receiver.framed.latenciesMs.length;
    const flood = [join(import.meta.dirname, 'flooder.ts'), name, `${port}`, `${pagePort}`, address, `${floodS}`];
    await using flooder = new Child(process.execPath, flood);
    let memory = 0;
    const watch = setInterval(async () => {
      memory = Math.max(memory, await readMegabytes(receiver).catch(() => 0));
    }, 200);
    await flooder.wait(timeoutMs);
    clearInterval(watch);
    const during = receiver.framed.latenciesMs.slice(from);
    await good.stop();
    await delay(settleS * 1000);
    const shown = page.pictures;
    const stdout = receiver.framed.latenciesMs.length;
    await receiver.stop();
    const sent = good.times.length;
    const expected = page.firstUs === undefined ? sent : good.times.filter((us) => us >= (page.firstUs ?? 0)).length;
    const lost = [
      good.dropped,
      ...[await countSaved(saved), await countRecorded(recorded), stdout].map((count) => sent - good.dropped - count),
      expected - good.dropped - shown,
    ];
    say(row([name, address, ...stats(quiet), ...stats(during), sent, ...lost, memory.toFixed(0)]));
  } catch (error) {
    say(row([name, address, String(error)]));
    await good.stop();
    await receiver.stop();
  }
}

/** The camera that nobody may disturb. */
class GoodCamera {
  /** Captures: microseconds since 1970. */
  readonly times: number[] = [];
  readonly #stop = new AbortController();
  #feed: LatestFrameQueue | undefined;
  #sender: Sender | undefined;
  #running: Promise<unknown> | undefined;

  get dropped(): number {
    return this.#sender?.dropped ?? 0;
  }

  start(port: number, { pin, secret }: { pin: string | undefined; secret: string }): void {
    const tls = pin === undefined ? undefined : { pin, ca: undefined };
    const who = { name: goodName, wire: '2', token: new TextEncoder().encode(secret) } as const;
    const options = { host: goodAddress, port, tls, ...who };
    const limits = { count: 0, maxInFlight: 2, bufferBytes: 2 ** 24, retries: 0, delivery: 'latest' } as const;
    const timeouts = { connectTimeoutMs: 5000, sendTimeoutMs: 30_000, idleTimeoutMs: 20_000 };
    const log = { info: () => undefined, warn: say };
    this.#feed = new LatestFrameQueue(this.#film());
    this.#sender = createTcpSender({ ...options, ...limits, ...timeouts }, this.#feed, log);
    this.#running = this.#sender.run(AbortSignal.timeout(60_000)).catch(say);
  }

  /** Resolves when all frames in flight are acknowledged. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#feed?.closed();
    await this.#running;
  }

  async *#film(): AsyncGenerator<CapturedFrame, void, undefined> {
    const jpeg = tinyJpeg(width, height, pictureBytes);
    const startMs = performance.now();
    for (let i = 0; ; i++) {
      await pause(startMs + (i * 1000) / framesPerSecond - performance.now(), this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      const time = readCaptureTime();
      this.times.push(time.capturedAtUs);
      yield { jpeg, width, height, ...time };
    }
  }
}

function stats(latenciesMs: readonly number[]): string[] {
  return [percentile(latenciesMs, 0.5), percentile(latenciesMs, 0.99), Math.max(...latenciesMs)].map((ms) =>
    ms.toFixed(1),
  );
}

function row(cells: readonly (string | number)[]): string {
  const [name = '', ...others] = cells;
  return `| ${`${name}`.padEnd(24)} | ${others.map((cell) => `${cell}`.padStart(6)).join(' | ')} |`;
}
