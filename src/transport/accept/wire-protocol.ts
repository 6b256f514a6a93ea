import type { FrameReceiver } from '../../delivery/frame-receiver.ts';
import { markOf } from '../../delivery/held-frames.ts';
import type { StreamRegistry } from '../../delivery/stream-registry.ts';
import type { CodedError } from '../../errors.ts';
import type { ConnectionStats } from '../../frames/received-frame.ts';
import {
  type ConnectionEvent,
  type ConnectionState,
  hasStarted,
  isTold,
  nextState,
} from '../../protocol/connection-state.ts';
import { ProtocolError } from '../../protocol/errors.ts';
import type { FrameLimits, NumberedFrame } from '../../protocol/frame.ts';
import { describeJoinRefusal } from '../../protocol/join/join-refusal.ts';
import type { ProtocolAccess } from '../../protocol/protocol-access.ts';
import { type Incoming, StreamDecoder } from '../../protocol/stream-decoder.ts';
import type { DetectorState, FrameMessage, Hello, Join } from '../../protocol/wire2/message.ts';
import { encodeMessage } from '../../protocol/wire2/message-encoder.ts';
import { pause } from '../../system/abort.ts';
import type { Wait } from '../../system/maybe-promise.ts';
import { free } from '../../system/memory.ts';
import { admitSender } from './admit-sender.ts';
import type { IdentityClaim, IdentityClaims } from './identity-claims.ts';
import type { Joining } from './joining.ts';
import type { Protocol, ProtocolLink, Steps } from './protocol.ts';
import { SenderClock } from './sender-clock.ts';
import type { TokenCheck } from './token-check.ts';
import { WireFrames } from './wire-frames.ts';

export interface WireOptions extends ProtocolAccess {
  readonly token: TokenCheck | undefined;
  /** Undefined: no camera can join. */
  readonly joining?: Joining | undefined;
  /** Whether only cameras that joined are accepted. */
  readonly isJoinedOnly?: boolean;
  readonly streams: StreamRegistry;
  readonly identities: IdentityClaims;
  /** Sent to the sender: the receiver ends the connection when nothing comes for this time. */
  readonly idleTimeoutMs: number;
  /** As in `WireFramesOptions`. */
  readonly readDetector?: (() => DetectorState | undefined) | undefined;
}

/** How long the receiver waits for a sender that ended its connection before the answer: it connects again as soon as it gets the answer. */
const returnTimeoutMs = 2000;
/** With a sender on the classic wire, on wire 2, or on the first and then the other: what each message means and what is answered. */
export class WireProtocol implements Protocol {
  readonly isResting = false;
  readonly #options: FrameLimits & WireOptions;
  readonly #link: ProtocolLink;
  readonly #decoder: StreamDecoder;
  readonly #receiver: FrameReceiver;
  readonly #frames: WireFrames;
  readonly #clock: SenderClock;
  readonly #claim: IdentityClaim;
  readonly #over = new AbortController();
  #state: ConnectionState = 'unknown';
  constructor(receiver: FrameReceiver, options: FrameLimits & WireOptions, link: ProtocolLink) {
    this.#options = options;
    this.#link = link;
    this.#decoder = new StreamDecoder(options);
    this.#receiver = receiver;
    this.#clock = new SenderClock(receiver, (bytes) => link.write(bytes));
    this.#claim = options.identities.open((error) => link.end(error));
    this.#frames = new WireFrames(receiver, options, link, {
      latencyOf: (capturedUs, received) => this.#clock.measure(capturedUs, received),
      isSilent: () => this.#claim.isSilent,
    });
  }

  get connection(): ConnectionStats {
    return this.#receiver.connection;
  }

  get hasStarted(): boolean {
    return hasStarted(this.#state);
  }

  get isSender(): boolean {
    return this.hasStarted;
  }

  get isWithinFrame(): boolean {
    return this.#decoder.isWithinFrame;
  }

  get inFlight(): Promise<void> | undefined {
    return this.#frames.inFlight;
  }

  receive(chunk: Uint8Array): Steps {
    // Not when it is the turn of these bytes, but now.
    this.#claim.heard();
    return this.#read(chunk);
  }

  *#read(chunk: Uint8Array): Steps {
    const incoming = this.#decoder.decode(chunk);
    for (;;) {
      const next = this.#decode(incoming);
      if (next.done === true) break;
      yield this.handle(next.value);
    }
    if (this.#decoder.latest === 'message' && chunk.length === chunk.buffer.byteLength) free(chunk.buffer);
    this.#claim.rest();
  }

  /** A sender that is not accepted hears that, and not what is wrong with its bytes. */
  #decode(incoming: Iterator<Incoming, void>): IteratorResult<Incoming, void> {
    try {
      return incoming.next();
    } finally {
      const { latest } = this.#decoder;
      if (latest !== undefined) this.#advance(latest);
    }
  }

  /** Takes one frame or message. A promise keeps what comes next waiting. @throws ProtocolError */
  handle(incoming: Incoming): Wait {
    if (incoming.type === 'HELO') {
      const waiting = this.#greet(incoming);
      return waiting === undefined ? this.release() : waiting.then(() => this.release());
    }
    if (incoming.type === 'JOIN') return this.#letJoin(incoming);
    if (incoming.type === 'FRAM') return this.#takeFrame(incoming.frame);
    if (incoming.type !== 'classic' && incoming.type !== 'bad frame') this.#advance(incoming.type);
    else if (this.#state !== 'wire 2') {
      this.#advance(markOf(incoming) === undefined ? 'frame' : 'mark');
      if (this.#state === 'marked' && this.#frames.hold(incoming)) return undefined;
    }
    const waiting = this.release();
    return waiting instanceof Promise ? waiting.then(() => this.#take(incoming)) : this.#take(incoming);
  }

  /** Delivers frames that were held. @throws ProtocolError */
  release(maxFrames?: number): Wait {
    return this.#frames.release(maxFrames);
  }

  /**
   * The connection has ended. A sender that ended it before it was answered comes again over another, and says its name there; one that is
   * dead does not, and is not waited for long.
   */
  awaitReturn(): Wait {
    if (this.#state === 'wire 2' || !this.#frames.isHolding) return undefined;
    this.#link.closeWriting();
    return pause(returnTimeoutMs, AbortSignal.any([this.#over.signal, this.#options.streams.closing]));
  }

  *finish(error?: CodedError): Steps {
    yield this.awaitReturn();
    yield this.release();
    if (error !== undefined) return;
    // A sender may have ended its half, and reads the answers to the end.
    yield this.inFlight;
    this.#decoder.finish();
    // A classic sender has no other way to learn that a frame was skipped, and it may read now.
    if (this.#frames.untold !== undefined) throw this.#frames.untold;
  }

  /** A classic sender never reads: its connection would be reset, and what is on its way be lost. */
  closingBytes(error: CodedError | undefined): Uint8Array | undefined {
    if (!(error instanceof ProtocolError)) return undefined;
    return isTold(this.#state, error.code)
      ? encodeMessage({ type: 'FAIL', code: error.code, reason: error.message })
      : undefined;
  }

  end(): void {
    this.#over.abort();
    try {
      this.#frames.giveUp();
    } finally {
      this.#receiver.close();
      this.#clock.stop();
      this.#claim.leave();
      this.#frames.leave();
    }
  }

  #advance(event: ConnectionEvent): void {
    this.#state = nextState(this.#state, event, this.#options);
  }

  #greet(hello: Hello): Promise<void> | undefined {
    const next = nextState(this.#state, 'HELO', this.#options);
    const { idleTimeoutMs } = this.#options;
    const rejected = admitSender(hello, this.connection, { ...this.#options, isEncrypted: this.#link.isEncrypted });
    if (rejected !== undefined) return rejected;
    this.#state = next;
    this.connection.identity = hello.identity;
    this.#frames.join(hello.stream);
    this.connection.delivery = hello.delivery;
    this.#clock.start(Math.min(hello.keepAliveMs || Number.POSITIVE_INFINITY, idleTimeoutMs));
    return this.#claim.make(this.connection);
  }

  /** @throws ProtocolError */
  #letJoin(join: Join): Promise<void> {
    this.#advance('JOIN');
    const { joining } = this.#options;
    if (joining === undefined) throw describeNoJoining();
    return joining.join(join, this.#link.exportSession(), this.connection.address).then((token) => {
      this.#link.write(encodeMessage(token));
      this.#link.end(undefined);
    });
  }

  #take(incoming: Exclude<Incoming, Hello | Join | FrameMessage>): Wait {
    switch (incoming.type) {
      case 'pong':
        this.#clock.take(incoming);
        return undefined;
      case 'classic':
        return this.#frames.takeClassic(incoming);
      case 'bad frame':
        if (this.#state !== 'wire 2') return this.#frames.takeClassic(incoming);
        return this.#frames.reject(incoming.sequence, incoming.error);
    }
    return undefined;
  }

  #takeFrame(frame: NumberedFrame): Wait {
    this.#advance('FRAM');
    const waiting = this.release();
    return waiting instanceof Promise ? waiting.then(() => this.#takeFrame(frame)) : this.#frames.take(frame);
  }
}

function describeNoJoining(): ProtocolError {
  const reason = 'this receiver keeps no cameras: it needs a --port above 0 and a state folder';
  return new ProtocolError('BAD_CODE', describeJoinRefusal(reason));
}
