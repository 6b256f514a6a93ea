import { type CodedError, formatError } from '../../protocol/errors.ts';
import { Bell } from '../../system/bell.ts';
import { LimitedLog } from '../../system/limited-log.ts';
import type { Log } from '../../system/log.ts';
import { formatAddress } from '../address.ts';
import { Attempts } from './attempts.ts';
import type { Feed } from './feed.ts';
import { Outbox, type OutboxLimits } from './outbox.ts';
import { createStreamId } from './stream-id.ts';
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
/** How long the last acknowledgements are waited for once the program is told to stop. */
const graceMs = 5000;

/** Sends the frames of a feed to one receiver, connecting again whenever the connection goes. */
export class Sender {
  #options: SenderOptions & UplinkOptions;
  readonly #log: LimitedLog;
  readonly #attempts: Attempts;
  readonly #outbox: Outbox;
  readonly #bell = new Bell();
  #uplink: Uplink | undefined;
  #peer: Peer = 'unknown';
  /** Frames that had arrived when the present connection was made. */
  #deliveredBefore = 0;
  /** A receiver that is not known to acknowledge broke the connection at the end: once, all is sent again. */
  #hasEndFailed = false;
  /** The receiver takes no frames on the classic wire, with which `auto` begins: the next connection is on wire 2. */
  #isChangingWire = false;
  /** Whether the wire may be changed. */
  readonly #isAuto: boolean;
  /** Why the last connection broke, where nobody knows what of it arrived; undefined while there is one. */
  #loss: CodedError | undefined;
  #connectedMs = 0;
  /** Why a frame was left behind, the last time. */
  #refusal: CodedError | undefined;
  /** For a live display. */
  state: SenderState = 'waiting for a picture';
  /** Connections made. */
  connects = 0;
  /** Capture to reception of the newest acknowledged frame, microseconds; undefined where the receiver does not know. */
  latenessUs: number | undefined;

  constructor(options: SenderOptions, feed: Feed, log: Log) {
    this.#options = { ...options, stream: createStreamId(options.name) };
    this.#isAuto = options.wire === 'auto';
    this.#log = new LimitedLog(log);
    this.#attempts = new Attempts(options.retries, this.#log);
    this.#outbox = new Outbox(feed, options.delivery, options);
  }

  /** Frames that arrived; on the classic wire those that the kernel has taken whole. */
  get frames(): number {
    return this.#outbox.delivered;
  }

  /** Frames that the receiver has left behind. */
  get refused(): number {
    return this.#outbox.refused;
  }

  /** Bytes of their JPEGs. */
  get bytes(): number {
    return this.#outbox.deliveredBytes;
  }

  /** Frames that were captured and will not arrive. */
  get dropped(): number {
    return this.#outbox.dropped;
  }

  /**
   * Runs until the feed has ended and its frames have arrived, `count` frames have, or `signal` aborts; all are good ends.
   *
   * Connects once there is a frame to send, so that a receiver never waits for a camera that is not there.
   * @throws CodedError CONNECT_FAILED, REFUSED or UNTRUSTED after too many tries, REFUSED when every frame was, and what the feed's source
   * throws
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
    } catch (error) {
      // It says more than how the last connection ended.
      this.#loss = undefined;
      throw error;
    } finally {
      await this.#end(signal);
      this.state = 'ended';
    }
    // Of all that there was nothing was taken.
    if (this.#refusal !== undefined && this.frames === 0) throw this.#refusal;
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
    const failure = await this.#close(uplink);
    if (failure?.code === 'REFUSED') {
      await this.#recover(failure, signal);
      return false;
    }
    const isClosed = failure === undefined;
    const isOnceMore = !isClosed && !this.#hasEndFailed;
    this.#hasEndFailed ||= !isClosed;
    this.#loss = failure;
    if (isOnceMore) this.#log.warn('end', `${failure.message}; the last frames go out again`);
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
      skip: (sequence: number, error: CodedError) => this.#countRefused(sequence, error),
      refused: (code: string) => {
        this.#isChangingWire = code === 'NOT_ACCEPTED' && this.#options.wire === 'auto';
        if (this.#isChangingWire) this.#options = { ...this.#options, wire: '2' };
      },
      changed: () => this.#bell.ring(),
    };
    try {
      this.#uplink = await Uplink.open(this.#options, this.#peer, handler, signal);
    } catch (error) {
      this.state = 'waiting to connect again';
      if (!signal.aborted) await this.#attempts.waitAfterFailure(error as CodedError, signal);
      return undefined;
    }
    this.connects++;
    this.#loss = undefined;
    this.#connectedMs = performance.now();
    this.#deliveredBefore = this.frames;
    this.state = 'sending';
    this.#attempts.succeed(formatAddress(host, port));
    return this.#uplink;
  }

  /** A frame is left behind by the receiver. Told at the 1st, 2nd, 4th, 8th ... time. */
  #countRefused(sequence: number, error: CodedError): boolean {
    const { refused } = this.#outbox;
    if (!this.#outbox.refuse(sequence)) return false;
    const count = this.#outbox.refused;
    if (count === refused) return true;
    this.#refusal = error;
    if ((count & (count - 1)) === 0) {
      this.#log.warn('refused', `${formatError(error)}${count === 1 ? '' : `; ${count} so far`}`);
    }
    this.#bell.ring();
    return true;
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
    if (this.#isAuto && !this.#isChangingWire && uplink?.isAnswered === false) {
      // Another receiver may be there by now, which takes classic frames alone.
      this.#options = { ...this.#options, wire: 'auto' };
      if (uplink.wire === '2') this.#peer = 'unknown';
    }
    if (this.#isChangingWire) {
      this.#isChangingWire = false;
      this.#log.info(
        'connected',
        'the receiver takes no classic frames: going on with wire 2 (--wire 2 does so at once)',
      );
      return;
    }
    if (uplink?.isAnswered === false) this.#loss = error;
    this.state = 'waiting to connect again';
    if (!hasDelivered && performance.now() - this.#connectedMs < briefMs) {
      await this.#attempts.waitAfterBrief(error, signal);
      return;
    }
    const pauseMs = uplink?.isAnswered === true ? quickPauseMs * Math.random() : classicPauseMs;
    await this.#attempts.waitAfterBreak(error, pauseMs, signal);
  }

  /** The program's end: what was sent may still arrive, for a while. */
  async #end(signal: AbortSignal): Promise<void> {
    const uplink = this.#uplink;
    const expired = AbortSignal.timeout(graceMs);
    while (uplink?.wire === '2' && uplink.failure === undefined && this.#outbox.pending > 0 && !expired.aborted) {
      await this.#bell.heard(expired);
    }
    if (uplink !== undefined) {
      const failure = await this.#close(uplink);
      this.#loss = uplink.isAnswered && this.#outbox.pending === 0 ? undefined : failure;
    }
    // On the classic wire nothing but this tells that frames were for nothing.
    if (this.#loss?.code === 'REFUSED' && !signal.aborted) throw this.#loss;
    if (uplink?.isAnswered === false && this.#peer !== 'wire 2') this.#outbox.acknowledgeSent();
    // It was told when it broke, and whoever stops the program waits for no other connection.
    if (signal.aborted && uplink === undefined) this.#loss = undefined;
    this.#tellLoss(uplink !== undefined);
  }

  #tellLoss(wasConnected: boolean): void {
    const { pending } = this.#outbox;
    const isExpected = pending > 0 && (this.#options.delivery === 'every' || wasConnected);
    if (!isExpected && this.#loss === undefined) return;
    const lost = isExpected
      ? `${pending} ${pending === 1 ? 'frame' : 'frames'} may not have arrived`
      : 'the last frames may be lost';
    this.#log.warn('end', this.#loss === undefined ? lost : `${this.#loss.message}; ${lost}`);
  }

  /** Why the receiver has not taken all that was sent; undefined when it has. */
  async #close(uplink: Uplink): Promise<CodedError | undefined> {
    this.#uplink = undefined;
    try {
      await uplink.end();
      return undefined;
    } catch (error) {
      return error as CodedError;
    }
  }
}
