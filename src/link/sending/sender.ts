import { CodedError, formatError } from '../../protocol/errors.ts';
import type { StreamId } from '../../protocol/message.ts';
import { pause } from '../../system/abort.ts';
import { Bell } from '../../system/bell.ts';
import { LimitedLog } from '../../system/limited-log.ts';
import type { Log } from '../../system/log.ts';
import { formatAddress } from '../address.ts';
import type { Feed } from './feed.ts';
import { Outbox, type OutboxLimits } from './outbox.ts';
import { retryDelayMs } from './retry-delay.ts';
import { type Peer, Uplink, type UplinkOptions } from './uplink.ts';

export interface SenderOptions extends Omit<UplinkOptions, 'stream'>, OutboxLimits {
  /** Consecutive failed connects that end it, those that broke within two seconds included; 0: never. */
  readonly retries: number;
}

export type SenderState = 'waiting for a picture' | 'connecting' | 'sending' | 'waiting to connect again' | 'ended';

/** After a break on the classic wire, as its own programs do. */
const classicPauseMs = 1000;
/** After a break of a connection over which frames had arrived, up to so much: fifty senders do not come back in step. */
const quickPauseMs = 200;
/** A connection that breaks sooner, and brought nothing, counts as a failed connect. */
const briefMs = 2000;
/** Without those that are easily mistaken for others. */
const idDigits = '0123456789abcdefghjkmnpqrstvwxyz';
/** How long the last acknowledgements are waited for once the program is told to stop. */
const graceMs = 5000;

/** Sends the frames of a feed to one receiver, connecting again whenever the connection goes. */
export class Sender {
  #options: SenderOptions & UplinkOptions;
  readonly #log: LimitedLog;
  readonly #outbox: Outbox;
  readonly #bell = new Bell();
  #uplink: Uplink | undefined;
  #peer: Peer = 'unknown';
  /** Frames that had arrived when the present connection was made. */
  #deliveredBefore = 0;
  /** A receiver that is not known to acknowledge broke the connection at the end: once, all is sent again. */
  #hasEndFailed = false;
  #failures = 0;
  #connectedMs = 0;
  /** Connections in a row that broke soon after they were made. */
  #briefs = 0;
  /** For a live display. */
  state: SenderState = 'waiting for a picture';
  /** Connections made. */
  connects = 0;
  /** Capture to reception of the newest acknowledged frame, microseconds; undefined where the receiver does not know. */
  latenessUs: number | undefined;

  constructor(options: SenderOptions, feed: Feed, log: Log) {
    this.#options = { ...options, stream: createStreamId(options.name) };
    this.#log = new LimitedLog(log);
    this.#outbox = new Outbox(feed, options.delivery, options);
  }

  /** Frames that arrived; on the classic wire those that the kernel has taken whole. */
  get frames(): number {
    return this.#outbox.delivered;
  }

  /** Bytes of their JPEGs. */
  get bytes(): number {
    return this.#outbox.deliveredBytes;
  }

  /** Frames that were captured and will not arrive. */
  get dropped(): number {
    return this.#outbox.dropped;
  }

  /** Which wire the present connection uses. */
  get wire(): 'classic' | '2' | undefined {
    if (this.#uplink === undefined) return undefined;
    return this.#uplink.wire === '2' ? '2' : 'classic';
  }

  /**
   * Runs until the feed has ended and its frames have arrived, `count` frames have, or `signal` aborts; all are good ends.
   *
   * Connects once there is a frame to send, so that a receiver never waits for a camera that is not there.
   * @throws CodedError CONNECT_FAILED after too many tries, and what the feed's source throws
   */
  async run(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        const failure = this.#uplink?.failure;
        if (failure !== undefined) {
          await this.#recover(failure, signal);
          continue;
        }
        const isReady = await this.#bell.heard(signal, this.#outbox.ready());
        if (isReady === true) await this.#sendNext(signal);
        else if (isReady === false && (await this.#settle(signal))) break;
      }
    } finally {
      await this.#end();
      this.state = 'ended';
    }
  }

  async #sendNext(signal: AbortSignal): Promise<void> {
    const uplink = this.#uplink ?? (await this.#connect(signal));
    if (uplink === undefined) return;
    if (!this.#outbox.hasRoom && this.#isAnswerExpected(uplink)) {
      await this.#bell.heard(signal);
      return;
    }
    try {
      await uplink.send(this.#outbox.next(), signal);
      this.#countSent(uplink);
    } catch (error) {
      await this.#recover(error as CodedError, signal);
    }
  }

  /** Whether what is sent is going to be acknowledged, or may be, so that no more goes out than the outbox has room for. */
  #isAnswerExpected(uplink: Uplink): boolean {
    const { wire, delivery } = this.#options;
    if (uplink.wire === '2' || this.#peer !== 'unknown') return uplink.wire === '2' || this.#peer === 'wire 2';
    if (wire === 'classic') return false;
    return delivery === 'every' ? !uplink.isUnanswered : !uplink.isLate;
  }

  /** A frame went out to a receiver that may never acknowledge any. */
  #countSent(uplink: Uplink): void {
    const { wire, delivery } = this.#options;
    if (this.#isAnswerExpected(uplink)) return;
    // Silence alone proves nothing: a receiver may be frozen. Only a program that reads takes more than the buffers hold.
    const isProven = uplink.isUnanswered && (delivery === 'latest' || !this.#outbox.hasRoom);
    if (wire === 'classic' || isProven) this.#peer = 'classic';
    if (this.#peer === 'classic') this.#outbox.acknowledgeSent();
    else if (delivery === 'latest') this.#outbox.trim();
  }

  /** All is sent: true once all has arrived, false when something is to be sent again. */
  async #settle(signal: AbortSignal): Promise<boolean> {
    const uplink = this.#uplink;
    if (this.#outbox.pending === 0 || uplink === undefined) return true;
    if (uplink.wire === '2' || this.#peer === 'wire 2') {
      await this.#bell.heard(signal);
      return false;
    }
    // This receiver may be a classic one, which answers by closing after the end of the stream, and in no other way.
    const isClosed = await this.#close(uplink);
    const isOnceMore = !isClosed && !this.#hasEndFailed;
    this.#hasEndFailed ||= !isClosed;
    if (uplink.isAnswered || isOnceMore) this.#outbox.rewind();
    else this.#outbox.acknowledgeSent();
    return this.#outbox.pending === 0;
  }

  /** Undefined when the try failed and another may follow, or the program stops. */
  async #connect(signal: AbortSignal): Promise<Uplink | undefined> {
    this.state = 'connecting';
    const { host, port } = this.#options;
    const handler = {
      acknowledge: (sequence: number, latenessUs: number | undefined) => {
        const { pending } = this.#outbox;
        if (!this.#outbox.acknowledge(sequence)) {
          // Somebody else sends under this id: as another stream nothing of ours is taken for a duplicate.
          this.#options = { ...this.#options, stream: createStreamId(this.#options.name) };
          return false;
        }
        this.#peer = 'wire 2';
        this.latenessUs = latenessUs;
        if (this.#outbox.pending < pending) this.#bell.ring();
        return true;
      },
      changed: () => this.#bell.ring(),
    };
    try {
      this.#uplink = await Uplink.open(this.#options, this.#peer, handler, signal);
    } catch (error) {
      if (!signal.aborted) await this.#waitAfterFailure(error as Error, signal);
      return undefined;
    }
    this.connects++;
    this.#connectedMs = performance.now();
    this.#deliveredBefore = this.frames;
    this.state = 'sending';
    if (isPowerOfTwo(this.#briefs)) this.#log.info('connected', `connected to ${formatAddress(host, port)}`);
    return this.#uplink;
  }

  /** The connection is gone. What has not arrived goes out again over the next. */
  async #recover(error: CodedError, signal: AbortSignal): Promise<void> {
    const uplink = this.#uplink;
    const hasDelivered = uplink?.isAnswered === true && this.frames > this.#deliveredBefore;
    this.#uplink = undefined;
    this.#outbox.rewind();
    // With `every` a receiver that has acknowledged once is never taken for a classic one: it may be frozen, and comes back.
    if (uplink?.isUnanswered === true && this.#options.delivery === 'latest') this.#peer = 'unknown';
    if (signal.aborted) {
      this.#log.warn('broken', formatError(error));
      return;
    }
    if (!hasDelivered && performance.now() - this.#connectedMs < briefMs) {
      this.#briefs++;
      // Another program, or a receiver that takes no more senders: as good as no connection.
      await this.#waitAfterFailure(new Error(`${error.message}, soon after it was made`), signal);
      return;
    }
    this.#failures = 0;
    this.#briefs = 0;
    this.#log.warn('broken', `${formatError(error)}; connecting again`);
    this.state = 'waiting to connect again';
    await pause(uplink?.isAnswered === true ? quickPauseMs * Math.random() : classicPauseMs, signal);
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
      this.#log.warn('broken', `${error.message}${tries}; next try in ${(delayMs / 1000).toFixed(1)} s`);
    }
    this.state = 'waiting to connect again';
    await pause(delayMs, signal);
  }

  /** The program's end: what was sent may still arrive, for a while. */
  async #end(): Promise<void> {
    const uplink = this.#uplink;
    const expired = AbortSignal.timeout(graceMs);
    while (uplink?.wire === '2' && uplink.failure === undefined && this.#outbox.pending > 0 && !expired.aborted) {
      await this.#bell.heard(expired);
    }
    if (uplink !== undefined) await this.#close(uplink);
    if (uplink?.isAnswered === false && this.#peer !== 'wire 2') this.#outbox.acknowledgeSent();
    const { pending } = this.#outbox;
    const isExpected = this.#options.delivery === 'every' || uplink !== undefined;
    if (pending > 0 && isExpected)
      this.#log.warn('end', `${pending} ${pending === 1 ? 'frame' : 'frames'} may not have arrived`);
  }

  /** False when the receiver has not taken all that was sent. */
  async #close(uplink: Uplink): Promise<boolean> {
    this.#uplink = undefined;
    try {
      await uplink.end();
      return true;
    } catch (error) {
      this.#log.warn('end', `${(error as Error).message}; the last frames may be lost`);
      return false;
    }
  }
}

/** Begins with the name as far as it fits, for whoever sees files and logs of it, and ends with 40 bits of chance. */
function createStreamId(name: string): StreamId {
  const readable = name
    .replaceAll(/[^0-9A-Za-z]+/g, '-')
    .slice(0, 13)
    .replaceAll(/^-|-$/g, '');
  const chance = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => idDigits[byte & 31]);
  return `${readable || 'sender'}-${chance.join('')}`;
}

/** Also 0. */
function isPowerOfTwo(count: number): boolean {
  return (count & (count - 1)) === 0;
}
