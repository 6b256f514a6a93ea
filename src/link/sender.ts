import { encodeClassicFrame } from '../protocol/classic-encoder.ts';
import { CodedError, formatError } from '../protocol/errors.ts';
import { onAbort, pause } from '../system/abort.ts';
import type { Log } from '../system/log.ts';
import { formatAddress } from './address.ts';
import type { Feed } from './feed.ts';
import { retryDelayMs } from './retry-delay.ts';
import { Uplink, type UplinkOptions } from './uplink.ts';

export interface SenderOptions extends UplinkOptions {
  /** Consecutive failed connects that end it, those that broke within two seconds included; 0: never. */
  readonly retries: number;
  /** Frames to send; 0: no end. */
  readonly count: number;
}

export type SenderState = 'waiting for a picture' | 'connecting' | 'sending' | 'waiting to connect again' | 'ended';

const resendPauseMs = 1000;
/** A connection that breaks sooner counts as a failed connect. */
const briefMs = 2000;

/** Sends the frames of a feed to one receiver, connecting again whenever the connection goes. */
export class Sender {
  readonly #options: SenderOptions;
  readonly #log: Log;
  #uplink: Uplink | undefined;
  #failures = 0;
  #connectedMs = 0;
  /** Connections in a row that broke soon after they were made. */
  #briefs = 0;
  /** For a live display. */
  state: SenderState = 'waiting for a picture';
  /** Frames the kernel has taken whole. */
  frames = 0;
  /** Bytes of their JPEGs. */
  bytes = 0;
  /** Connections made. */
  connects = 0;

  constructor(options: SenderOptions, log: Log) {
    this.#options = options;
    this.#log = log;
  }

  /**
   * Runs until the feed ends, `count` frames are sent or `signal` aborts; all are good ends.
   *
   * Connects once there is a frame to send, so that a receiver never waits for a camera that is not there.
   * @throws CodedError CONNECT_FAILED after too many tries, and what the feed's source throws
   */
  async run(feed: Feed, signal: AbortSignal): Promise<void> {
    const { count } = this.#options;
    try {
      while (!signal.aborted && (count === 0 || this.frames < count)) {
        if (!(await isReady(feed, signal))) break;
        const uplink = this.#uplink ?? (await this.#connect(signal));
        if (uplink?.failure !== undefined) {
          // It broke between two frames: nothing is to be waited for before the next.
          this.#uplink = undefined;
          await this.#waitAfterBreak(uplink.failure, 0, signal);
        } else if (uplink !== undefined) {
          await this.#sendNext(feed, uplink, signal);
        }
      }
    } finally {
      this.state = 'ended';
      await this.#uplink
        ?.end()
        .catch((error: Error) => this.#log.warn(`${error.message}; the last frames may be lost`));
    }
  }

  async #sendNext(feed: Feed, uplink: Uplink, signal: AbortSignal): Promise<void> {
    const frame = feed.take();
    const bytes = encodeClassicFrame(frame);
    try {
      await uplink.send(bytes, signal);
      this.frames++;
      this.bytes += frame.jpeg.length;
    } catch (error) {
      // Whole or not at all: the other end drops what it has of this frame, and the next connection starts with a whole one.
      feed.giveBack(frame);
      this.#uplink = undefined;
      if (signal.aborted) this.#log.warn(formatError(error as CodedError));
      else await this.#waitAfterBreak(error as CodedError, resendPauseMs, signal);
    }
  }

  /** Undefined when the try failed and another may follow, or the program stops. */
  async #connect(signal: AbortSignal): Promise<Uplink | undefined> {
    this.state = 'connecting';
    const { host, port } = this.#options;
    try {
      this.#uplink = await Uplink.open(this.#options, signal);
    } catch (error) {
      if (!signal.aborted) await this.#waitAfterFailure(error as Error, signal);
      return undefined;
    }
    this.connects++;
    this.#connectedMs = performance.now();
    this.state = 'sending';
    if (isPowerOfTwo(this.#briefs)) this.#log.info(`connected to ${formatAddress(host, port)}`);
    return this.#uplink;
  }

  async #waitAfterBreak(error: CodedError, pauseMs: number, signal: AbortSignal): Promise<void> {
    if (performance.now() - this.#connectedMs < briefMs) {
      this.#briefs++;
      // Another program, or a receiver that takes no more senders: as good as no connection.
      await this.#waitAfterFailure(new Error(`${error.message}, soon after it was made`), signal);
      return;
    }
    this.#failures = 0;
    this.#briefs = 0;
    this.#log.warn(`${formatError(error)}; connecting again`);
    this.state = 'waiting to connect again';
    await pause(pauseMs, signal);
  }

  async #waitAfterFailure(error: Error, signal: AbortSignal): Promise<void> {
    const { retries } = this.#options;
    const failures = ++this.#failures;
    if (retries > 0 && failures >= retries) {
      const advice = 'Is image-receiver running there, with --host 0.0.0.0 and this --port? --retries 0 never gives up';
      const tries = failures === 1 ? '1 try' : `${failures} tries in a row`;
      throw new CodedError('CONNECT_FAILED', `${error.message}; gave up after ${tries}. ${advice}`);
    }
    const delayMs = retryDelayMs(failures, Math.random());
    // Tries without end say so at 1, 2, 4, 8, ... so that a night without network does not fill the log.
    if (retries > 0 || isPowerOfTwo(failures)) {
      const tries = retries > 0 ? ` (try ${failures} of ${retries})` : ` (try ${failures})`;
      this.#log.warn(`${error.message}${tries}; next try in ${(delayMs / 1000).toFixed(1)} s`);
    }
    this.state = 'waiting to connect again';
    await pause(delayMs, signal);
  }
}

/** Also 0. */
function isPowerOfTwo(count: number): boolean {
  return (count & (count - 1)) === 0;
}

/** Whether the feed has a frame, false as soon as `signal` aborts: a camera may take long to notice. */
async function isReady(feed: Feed, signal: AbortSignal): Promise<boolean> {
  let stopWatching: () => void = () => undefined;
  const aborted = new Promise<false>((resolve) => {
    stopWatching = onAbort(signal, () => resolve(false));
  });
  try {
    return await Promise.race([feed.ready(), aborted]);
  } finally {
    stopWatching();
  }
}
