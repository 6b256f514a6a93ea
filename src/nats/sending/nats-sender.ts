import type { NatsConnection } from '@nats-io/transport-node';
import type { FrameQueue } from '../../delivery/frame-queue.ts';
import { describeMissing } from '../../delivery/missing.ts';
import type { OutboxLimits } from '../../delivery/outbox.ts';
import type { SenderState } from '../../delivery/sender.ts';
import { createStreamId } from '../../delivery/stream-id.ts';
import { plainName } from '../../frames/camera-key.ts';
import { type CodedError, formatError } from '../../protocol/errors.ts';
import type { Delivery, NumberedFrame } from '../../protocol/frame.ts';
import type { StreamId } from '../../protocol/wire2/message.ts';
import { onAbort } from '../../system/abort.ts';
import { readMonotonicUs } from '../../system/clock.ts';
import { LimitedLog } from '../../system/limited-log.ts';
import type { Log } from '../../system/log.ts';
import { Notify } from '../../system/notify.ts';
import { answerClock } from '../clock-service.ts';
import type { FrameMetadata } from '../frame-headers.ts';
import { FramePublisher } from '../frame-publisher.ts';
import { Nats, type NatsOptions } from '../nats.ts';
import { isConnectionGone, isTimeout } from '../nats-error.ts';
import { StreamProvisioner, type StreamRetention } from '../stream-provisioner.ts';
import { framesOf } from '../subjects.ts';
import { NatsOutbox } from './nats-outbox.ts';
import { OwnCameraEvents } from './own-camera-events.ts';
import { PublishBackoff } from './publish-backoff.ts';

export interface NatsSenderOptions extends OutboxLimits {
  readonly nats: NatsOptions;
  /** Of the stream, where there is none yet. */
  readonly retention: StreamRetention;
  /** Of the camera. */
  readonly name: string;
  readonly delivery: Delivery;
  /** Longest time without the server acknowledging a frame. */
  readonly sendTimeoutMs: number;
  /** Time without a picture after which the camera counts as stalled, in milliseconds. */
  readonly stallAfterMs: number;
}

/** A connection that takes frames. */
interface Line {
  readonly publisher: FramePublisher;
  readonly over: AbortSignal;
}

/** How long the last acknowledgements are waited for once the program is told to stop. */
const graceMs = 5000;

/** Puts the frames of a feed into the stream of a NATS server, connecting again whenever the connection goes. */
export class NatsSender {
  readonly #options: NatsSenderOptions;
  readonly #log: LimitedLog;
  readonly #provisioner: StreamProvisioner;
  readonly #nats: Nats;
  readonly #queue: FrameQueue;
  readonly #outbox: NatsOutbox;
  readonly #own: OwnCameraEvents;
  readonly #refusals: PublishBackoff;
  readonly #ids = new WeakMap<NumberedFrame, string>();
  readonly #changes = new Notify();
  /** Undefined while there is none. */
  #line: Line | undefined;
  /** Why there will be no connection any more. */
  #failure: CodedError | undefined;
  /** Why a frame was dropped, the last time that one was too long. */
  #oversize: CodedError | undefined;
  /** Whether it was told that a frame is too long, since one went through. */
  #isLengthTold = false;
  /** Who publishes, too. */
  readonly stream: StreamId;
  /** Its key. */
  readonly camera: string;
  /** For a live display. */
  state: SenderState = 'waiting for a picture';
  /** Capture to acknowledgement of the newest acknowledged frame, microseconds. */
  latencyUs: number | undefined;

  constructor(options: NatsSenderOptions, queue: FrameQueue, log: Log) {
    this.#options = options;
    this.#provisioner = new StreamProvisioner(options.retention, log, framesOf(plainName(options.name)));
    this.#log = new LimitedLog(log);
    this.#nats = new Nats(options.nats, log);
    this.#refusals = new PublishBackoff(options.nats.retries, this.#log);
    this.#queue = queue;
    this.#outbox = new NatsOutbox(queue, options.delivery, options);
    queue.setDemand({
      isConnected: () => this.#line !== undefined,
      isMet: () => this.state === 'ended' || this.#outbox.isMet,
    });
    this.stream = createStreamId(options.name);
    this.camera = plainName(options.name);
    const who = { key: this.camera, name: options.name, stream: this.stream, address: undefined };
    this.#own = new OwnCameraEvents(this.stream, who, options.stallAfterMs, log);
  }

  /** Frames that the stream has. */
  get frames(): number {
    return this.#outbox.delivered;
  }

  /** Bytes of their JPEGs. */
  get bytes(): number {
    return this.#outbox.deliveredBytes;
  }

  /** Frames that were captured; each is in one of the other figures, and in no second one. */
  get captured(): number {
    return this.#queue.captured;
  }

  /** Frames that the server has refused, and that do not go out again. */
  get refused(): number {
    return this.#outbox.refused;
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

  /** Connections made. */
  get connects(): number {
    return this.#nats.connects;
  }

  /**
   * Runs until the feed has ended and its frames have arrived, `count` frames have, or `signal` aborts; all are good ends.
   *
   * Connects once there is a frame to send.
   * @throws CodedError CONNECT_FAILED, REFUSED, UNTRUSTED, STREAM_UNUSABLE, PUBLISH_FAILED or FRAME_TOO_LONG after too many tries, and what
   * the feed's source throws
   */
  async run(signal: AbortSignal): Promise<void> {
    const stop = new AbortController();
    let connecting: Promise<void> | undefined;
    try {
      if ((await this.#changes.wait(signal, this.#outbox.ready())) !== true) return;
      this.state = 'connecting';
      this.#own.begin();
      connecting = this.#connect(stop.signal);
      await this.#deliver(signal);
    } finally {
      await this.#finish();
      if (signal.aborted) this.#tellMissing();
      this.#own.end();
      stop.abort();
      await connecting;
      this.state = 'ended';
    }
    if (this.#failure !== undefined) throw this.#failure;
    // Of all that there was nothing was taken.
    if (this.#oversize !== undefined && this.frames === 0 && !signal.aborted) throw this.#oversize;
  }

  async #connect(stop: AbortSignal): Promise<void> {
    try {
      await this.#nats.run((connection, over) => this.#open(connection, over), stop);
    } catch (error) {
      this.#failure = error as CodedError;
      this.#changes.notify();
    }
  }

  async #open(connection: NatsConnection, over: AbortSignal): Promise<void> {
    await this.#provisioner.ensure(connection);
    answerClock(connection, this.stream);
    this.#own.attach(connection, over);
    if (over.aborted) return;
    const publishing = { provisioner: this.#provisioner, timeoutMs: this.#options.sendTimeoutMs };
    this.#line = { over, publisher: new FramePublisher(connection, publishing) };
    this.state = 'sending';
    onAbort(over, () => {
      this.#line = undefined;
      this.state = 'waiting to connect again';
      this.#outbox.rewind();
      this.#changes.notify();
    });
    this.#changes.notify();
  }

  async #deliver(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.#failure === undefined) {
      const isReady = await this.#changes.wait(signal, this.#outbox.ready());
      if (isReady === undefined) continue;
      if (isReady && this.#line !== undefined && this.#refusals.allows(this.#outbox)) this.#send(this.#line);
      else if (!isReady && this.#outbox.pending === 0) return;
      else await this.#changes.wait(signal);
    }
  }

  #send(line: Line): void {
    const frame = this.#outbox.next();
    this.#own.count();
    this.#refusals.begin(frame);
    const { camera } = this;
    line.publisher.publish(camera, this.#describe(frame), frame.jpeg, this.#identify(frame)).then(
      () => this.#takeAnswer(line, frame),
      (error) => this.#takeFailure(line, frame, error),
    );
  }

  /** The server leaves out what it gets twice, as after a connection that broke before its answer. Nobody can tell it in advance. */
  #identify(frame: NumberedFrame): string {
    const id = this.#ids.get(frame) ?? crypto.randomUUID();
    this.#ids.set(frame, id);
    return id;
  }

  #takeAnswer({ over }: Line, frame: NumberedFrame): void {
    // It goes out again already.
    if (over.aborted) return;
    this.#outbox.deliver(frame);
    this.latencyUs = readMonotonicUs() - frame.capturedMonotonicUs;
    this.#isLengthTold = false;
    this.#refusals.pass(frame);
    this.#changes.notify();
  }

  #takeFailure(line: Line, frame: NumberedFrame, error: CodedError): void {
    // What was under way when a connection ends goes out again over the next.
    if (line.over.aborted || isConnectionGone(error.cause)) return;
    if (isTimeout(error)) {
      // Who counts tries does not want to try a server for ever that takes all and acknowledges nothing.
      if (this.#options.nats.retries > 0) void this.#rest(line, error);
      this.#nats.abandon(`it acknowledged no frame for ${this.#options.sendTimeoutMs / 1000} s (--send-timeout)`);
      return;
    }
    const isTooLong = error.code === 'FRAME_TOO_LONG';
    if (isTooLong) {
      this.#outbox.refuse(frame);
      this.#oversize = error;
    } else this.#outbox.putBack(frame, true);
    // Others may be shorter; but whoever wants so many waits for them.
    if (!isTooLong || this.#options.count > 0) void this.#rest(line, error);
    else if (!this.#isLengthTold) this.#log.warn('publish', formatError(error));
    this.#isLengthTold ||= isTooLong;
    this.#changes.notify();
  }

  /** What fails now would fail again at once. */
  async #rest({ over }: Line, error: CodedError): Promise<void> {
    try {
      await this.#refusals.rest(error, over);
    } catch (last) {
      this.#failure = last as CodedError;
    }
    this.#changes.notify();
  }

  #describe({ sequence, width, height, capturedAtUs, capturedMonotonicUs }: NumberedFrame): FrameMetadata {
    const atUs = readMonotonicUs();
    return {
      width,
      height,
      sequence: sequence,
      stream: this.stream,
      name: this.#options.name,
      address: undefined,
      capturedAtUs,
      receivedAtUs: undefined,
      age: { us: atUs - capturedMonotonicUs, errorUs: 0, atUs },
      publisher: this.stream,
    };
  }

  /** The program's end: what was sent may still arrive, for a while. */
  async #finish(): Promise<void> {
    const expired = AbortSignal.timeout(graceMs);
    while (this.#line !== undefined && this.#outbox.inFlight > 0 && !expired.aborted) await this.#changes.wait(expired);
  }

  #tellMissing(): void {
    // Of the latest frame there is always a newer one that was not sent.
    const unsent = this.#options.delivery === 'every' ? this.unsent : 0;
    const missing = describeMissing({ unsent, uncertain: this.uncertain });
    if (missing !== undefined) this.#log.warn('end', missing);
  }
}
