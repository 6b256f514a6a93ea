import { formatAddress } from '../network/address.ts';
import { type CodedError, formatError } from '../protocol/errors.ts';
import type { StreamId } from '../protocol/wire2/message.ts';
import { LimitedLog } from '../system/limited-log.ts';
import type { Log } from '../system/log.ts';
import { Notify } from '../system/notify.ts';
import { isPowerOfTwo } from '../system/power-of-two.ts';
import {
  rejectedFrame,
  TcpUplink,
  type TcpUplinkOptions,
  type UplinkHandler,
} from '../transport/connect/tcp-uplink.ts';
import { AcknowledgementWatch } from './acknowledgement-watch.ts';
import { ConnectionEnd } from './connection-end.ts';
import type { FrameQueue } from './frame-queue.ts';
import { Outbox, type OutboxLimits } from './outbox.ts';
import { RejectedFrameSearch } from './rejected-frame-search.ts';
import { RetryPolicy } from './retry-policy.ts';
import { createStreamId } from './stream-id.ts';
import { WireChoice } from './wire-choice.ts';

export interface SenderOptions extends Omit<TcpUplinkOptions, 'stream'>, OutboxLimits {
  /** Consecutive failed connects that end it, those that broke within two seconds included; 0: never. */
  readonly retries: number;
}

export type SenderState =
  | 'waiting for a picture'
  | 'connecting'
  | 'sending'
  | 'waiting for answers'
  | 'waiting to connect again'
  | 'ended';

/** After a break on the classic wire, as its own programs do. */
const classicPauseMs = 1000;
/** After a break of a connection over which frames had arrived, up to so much: fifty senders do not come back in step. */
const quickPauseMs = 200;
/** A connection that breaks sooner, and brought nothing, counts as a failed connect. */
const briefMs = 2000;

/** Sends the frames of a feed to one receiver, connecting again whenever the connection goes. */
export class Sender {
  readonly #options: SenderOptions;
  readonly #log: LimitedLog;
  readonly #retryPolicy: RetryPolicy;
  readonly #queue: FrameQueue;
  readonly #outbox: Outbox;
  readonly #wires: WireChoice;
  readonly #changes = new Notify();
  readonly #end: ConnectionEnd;
  readonly #search = new RejectedFrameSearch();
  readonly #watch: AcknowledgementWatch;
  #stream: StreamId;
  #uplink: TcpUplink | undefined;
  /** Frames that had arrived, or were left behind, when the present connection was made. */
  #settledBefore = 0;
  #connectedMs = 0;
  #isAllSent = false;
  /** Why a frame was left behind, the last time. */
  #refusal: CodedError | undefined;
  /** For a live display. */
  state: SenderState = 'waiting for a picture';
  /** Connections made. */
  connects = 0;
  /** Capture to reception of the newest acknowledged frame, microseconds; undefined where the receiver does not know. */
  latencyUs: number | undefined;

  constructor(options: SenderOptions, queue: FrameQueue, log: Log) {
    this.#options = options;
    this.#stream = createStreamId(options.name);
    this.#log = new LimitedLog(log);
    this.#retryPolicy = new RetryPolicy(options.retries, this.#log);
    this.#queue = queue;
    this.#outbox = new Outbox(queue, options.delivery, options);
    queue.setDemand({
      isConnected: () => this.#uplink !== undefined,
      isMet: () => this.state === 'ended' || this.#outbox.isMet,
    });
    this.#wires = new WireChoice(options.wire, options.delivery);
    this.#end = new ConnectionEnd(this.#outbox, this.#wires, this.#changes);
    this.#watch = this.#watchAnswers();
  }

  /** Frames that arrived; on the classic wire those too that are under way, until the connection has ended. */
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

  /** Frames that were captured; each is in one of the other figures, and in no second one. */
  get captured(): number {
    return this.#queue.captured;
  }

  /** Frames that were captured and never went out, as a newer one was there, or there was no room for them. */
  get dropped(): number {
    return this.#queue.dropped;
  }

  /** Those of them that were dropped as there was no connection. */
  get unconnected(): number {
    return this.#queue.unconnected;
  }

  /** Frames that wait to go out, or never did when the sender ended. */
  get unsent(): number {
    return this.#queue.waiting;
  }

  /** Frames that went out and are not answered for: when the sender has ended, those that may not have arrived. */
  get uncertain(): number {
    return this.#outbox.uncertain;
  }

  /** Frames of which nothing is known but that the receiver has read the connection to its end, and closed it in order. */
  get unacknowledged(): number {
    return this.#end.unacknowledged;
  }

  /**
   * Runs until the feed has ended and its frames have arrived, `count` frames have, or `signal` aborts; all are good ends.
   *
   * Connects once there is a frame to send, so that a receiver never waits for a camera that is not there.
   * @throws CodedError CONNECT_FAILED, REFUSED or UNTRUSTED after too many tries, REFUSED when every frame was, NOT_DELIVERED where the
   * receiver has not shown that it took the frames, and what the feed's source throws
   */
  async run(signal: AbortSignal): Promise<void> {
    const failure = await this.#deliver(signal).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    const wasConnected = this.#uplink !== undefined;
    await this.#leave(signal);
    this.state = 'ended';
    if (failure === undefined && !signal.aborted) {
      this.#end.check();
      // Of all that there was nothing was taken.
      if (this.#refusal !== undefined && this.frames === 0) throw this.#refusal;
      return;
    }
    if (failure !== undefined) throw failure.error;
    // Why an earlier connection broke was told then.
    if (!wasConnected) this.#end.loss = undefined;
    this.#tellMissing();
  }

  async #leave(signal: AbortSignal): Promise<void> {
    const uplink = this.#uplink;
    if (uplink !== undefined) await this.#end.leave(uplink, this.#watch, signal);
    this.#uplink = undefined;
    this.#watch.stop();
  }

  #watchAnswers(): AcknowledgementWatch {
    const { host, port } = this.#options;
    return new AcknowledgementWatch(
      {
        receiver: formatAddress(host, port),
        waiting: () => this.#outbox.inFlight,
        isHeard: () => this.#uplink?.isHeard ?? false,
        changed: (isOverdue) => {
          this.state = isOverdue ? 'waiting for answers' : 'sending';
        },
      },
      this.#log,
    );
  }

  #tellMissing(): void {
    // Of the latest frame there is always a newer one that was not sent.
    const missing = this.#end.describe(this.#options.delivery === 'every' ? this.unsent : 0);
    if (missing !== undefined) this.#log.warn('end', missing);
  }

  /** Sends until all has arrived, or nothing is left that could. */
  async #deliver(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const uplink = this.#uplink;
      if (uplink?.failure !== undefined) {
        await this.#recover(uplink, uplink.failure, signal);
        continue;
      }
      const isReady = await this.#changes.wait(signal, this.#outbox.ready());
      if (isReady !== undefined) this.#isAllSent = !isReady;
      if (isReady === true) await this.#sendNext(signal);
      else if (isReady === false && (await this.#settle(signal))) return;
    }
  }

  async #sendNext(signal: AbortSignal): Promise<void> {
    const uplink = this.#uplink ?? (await this.#connect(signal));
    if (uplink === undefined) return;
    const isFull = !this.#outbox.hasRoom && this.#wires.expectsAcknowledgement(uplink);
    const mustGoAlone = this.#search.isOn && this.#outbox.inFlight > 0;
    if (isFull || mustGoAlone || this.#wires.mustAwaitAcknowledgement(uplink, this.#outbox)) {
      await this.#changes.wait(signal);
      return;
    }
    try {
      await uplink.send(this.#outbox.next(), signal);
      this.#countSent(uplink);
    } catch (error) {
      await this.#recover(uplink, error as CodedError, signal);
    }
  }

  /** A frame went out to a receiver that may never acknowledge any. */
  #countSent(uplink: TcpUplink): void {
    this.#wires.countSent(uplink, this.#outbox.isFull);
    if (uplink.wire === '2' || this.#wires.peer === 'wire 2') this.#watch.begin();
    if (this.#wires.expectsAcknowledgement(uplink)) return;
    if (this.#wires.peer === 'classic') this.#outbox.release();
    else if (this.#options.delivery === 'latest') this.#outbox.trim();
  }

  /** All is sent: true once all has arrived or can arrive no more, false when there is something to do again. */
  async #settle(signal: AbortSignal): Promise<boolean> {
    const uplink = this.#uplink;
    if (uplink === undefined || this.#outbox.isSettled) return true;
    if (uplink.wire === '2' || this.#wires.peer === 'wire 2') {
      if (this.#outbox.pending > 0) await this.#changes.wait(signal);
      return this.#outbox.pending === 0;
    }
    if (!(await this.#end.settle(uplink, this.#options.sendTimeoutMs, signal))) return false;
    this.#uplink = undefined;
    if (this.#outbox.pending === 0 || signal.aborted) return true;
    if (this.#end.loss !== undefined) await this.#recover(uplink, this.#end.loss, signal);
    return false;
  }

  /** Undefined when the try failed and another may follow, or the program stops. */
  async #connect(signal: AbortSignal): Promise<TcpUplink | undefined> {
    this.state = 'connecting';
    const { host, port } = this.#options;
    const { wire, peer } = this.#wires;
    try {
      this.#uplink = await TcpUplink.open(
        { ...this.#options, wire, stream: this.#stream },
        peer,
        this.#handler,
        signal,
      );
    } catch (error) {
      this.state = 'waiting to connect again';
      if (!signal.aborted) await this.#retryPolicy.waitAfterFailure(error as CodedError, signal);
      return undefined;
    }
    this.connects++;
    this.#end.loss = undefined;
    this.#connectedMs = performance.now();
    this.#settledBefore = this.frames + this.refused;
    this.state = 'sending';
    this.#retryPolicy.succeed(formatAddress(host, port));
    return this.#uplink;
  }

  readonly #handler: UplinkHandler = {
    acknowledge: (sequence, latencyUs) => {
      const { pending } = this.#outbox;
      if (!this.#outbox.acknowledge(sequence)) {
        // Somebody else sends under this id: as another stream nothing of ours is taken for a duplicate.
        this.#stream = createStreamId(this.#options.name);
        return false;
      }
      this.#wires.peer = 'wire 2';
      this.#watch.begin();
      this.latencyUs = latencyUs;
      const taken = pending - this.#outbox.pending;
      this.#search.clear(taken);
      if (taken > 0) this.#countAcknowledgement();
      return true;
    },
    skip: (sequence, error) => this.#countRefused(sequence, error),
    refused: (code, reason) => {
      this.#wires.refuse(code);
      const { first, inFlight } = this.#outbox;
      if (!this.#search.refuse(code, inFlight) || first === undefined) return;
      this.#countRefused(first.sequence, rejectedFrame(first.sequence, code, reason));
    },
    changed: () => {
      const uplink = this.#uplink;
      // A full buffer takes no other frame that could show it.
      if (uplink?.isUnacknowledged === true && uplink.wire !== '2') this.#countSent(uplink);
      this.#changes.notify();
    },
  };

  /** Whether frames were taken or left behind over the last connection, or the next is to show which one to leave behind. */
  get #wasOfUse(): boolean {
    return this.frames + this.refused > this.#settledBefore || this.#search.isOn;
  }

  #countAcknowledgement(): void {
    this.#watch.answer();
    this.#changes.notify();
  }

  /** A frame is left behind by the receiver. Told at the 1st, 2nd, 4th, 8th ... time. */
  #countRefused(sequence: number, error: CodedError): boolean {
    const { refused } = this.#outbox;
    if (!this.#outbox.refuse(sequence)) return false;
    const count = this.#outbox.refused;
    if (count === refused) return true;
    this.#refusal = error;
    if (isPowerOfTwo(count)) {
      this.#log.warn('refused', `${formatError(error)}${count === 1 ? '' : `; ${count} so far`}`);
    }
    this.#countAcknowledgement();
    return true;
  }

  /**
   * The connection is gone. What has not arrived goes out again over the next.
   * @throws CodedError when there is not to be another; NOT_DELIVERED where all was sent, and the same again would only add to it
   */
  async #recover(uplink: TcpUplink, error: CodedError, signal: AbortSignal): Promise<void> {
    const heldBack = this.#watch.reason;
    this.#watch.stop();
    this.#uplink = undefined;
    this.#outbox.rewind();
    if (!uplink.isAcknowledged) this.#end.loss = error;
    if (signal.aborted) {
      // What becomes of the connection at the end has the same cause.
      this.#end.heldBack = heldBack;
      if (heldBack === undefined) this.#log.warn('broken', formatError(error));
      return;
    }
    const isMute = uplink.isSilent && uplink.wire !== '2' && this.#wires.peer !== 'wire 2';
    if (this.#isAllSent && (uplink.isForeign || isMute) && this.#options.retries > 0) this.#end.check();
    if (this.#wires.leave(uplink)) {
      this.#end.loss = undefined;
      this.#log.info(
        'connected',
        'the receiver takes no classic frames: going on with wire 2 (--wire 2 does so at once)',
      );
      return;
    }
    this.state = 'waiting to connect again';
    await this.#awaitNextTry(uplink, error, signal);
  }

  /** @throws CodedError when there is not to be another */
  async #awaitNextTry(uplink: TcpUplink, error: CodedError, signal: AbortSignal): Promise<void> {
    const hasDelivered = this.#wasOfUse;
    // One that takes connections and nothing else is as good as none, and so is one over which all was sent for nothing.
    const isUngreeted = uplink.hasHeard && !uplink.isAcknowledged;
    const isInVain = uplink.isSilent || isUngreeted || uplink.owesAcknowledgements || this.#isAllSent;
    const isBrief = performance.now() - this.#connectedMs < briefMs;
    // However long it takes to say no: the next one is going to be told the same.
    const isRefused = uplink.isForeign || error.code === 'REFUSED';
    if (!hasDelivered && (isBrief || isRefused)) await this.#retryPolicy.waitAfterBrief(error, signal);
    else if (!hasDelivered && isInVain) await this.#retryPolicy.waitAfterFailure(error, signal);
    else
      await this.#retryPolicy.waitAfterBreak(
        error,
        uplink.isAcknowledged ? quickPauseMs * Math.random() : classicPauseMs,
        signal,
      );
  }
}
