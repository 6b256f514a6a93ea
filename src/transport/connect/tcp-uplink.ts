import type { Socket } from 'node:net';
import { MismatchError } from '../../delivery/mismatch-error.ts';
import type { BreakCause, Uplink, UplinkListener } from '../../delivery/uplink.ts';
import { encodeClassicFrame } from '../../protocol/classic/classic-encoder.ts';
import { CodedError, ProtocolError } from '../../protocol/errors.ts';
import { defaultFrameLimits, type NumberedFrame } from '../../protocol/frame.ts';
import { type Acknowledging, acknowledging, frameWire, mustAwaitAnswer } from '../../protocol/negotiation.ts';
import {
  type BadFrame,
  type Message,
  magic,
  maxControlBytes,
  type Ping,
  type Refusal,
} from '../../protocol/wire2/message.ts';
import { MessageDecoder } from '../../protocol/wire2/message-decoder.ts';
import { encodeFrameHead, encodeMessage } from '../../protocol/wire2/message-encoder.ts';
import { readClocks, readMonotonicUs } from '../../system/clock.ts';
import { AnswerTimers } from './answer-timers.ts';
import { describeForeignProtocol, type Protocol, recognizeForeignProtocol } from './foreign-protocol.ts';
import { OutgoingSocket } from './outgoing-socket.ts';
import type { ReceiverRecord } from './receiver-record.ts';

/** A receiver of wire 2 says something once a second. */
const quietMs = 3000;

/** One connection to a receiver, on whichever wire the two agree. */
export class TcpUplink implements Uplink {
  readonly #receiver: ReceiverRecord;
  readonly #listener: UplinkListener;
  readonly #socket: OutgoingSocket;
  readonly #timers: AnswerTimers;
  /** No receiver sends frames. */
  readonly #decoder = new MessageDecoder({ ...defaultFrameLimits, maxFrameBytes: maxControlBytes });
  #hasSent = false;
  #isPongUnderWay = false;
  #heardMs = Number.NEGATIVE_INFINITY;

  /** @param socket connected, with TLS up */
  constructor(socket: Socket, receiver: ReceiverRecord, listener: UplinkListener) {
    this.#receiver = receiver;
    this.#listener = listener;
    this.#timers = new AnswerTimers(receiver.options.idleTimeoutMs, {
      late: () => {
        receiver.apply('answer late');
        listener.changed();
      },
      unanswered: () => this.#missAnswer(),
      silent: () => this.#failSilent(),
    });
    this.#socket = new OutgoingSocket(socket, receiver.address, {
      data: (chunk) => this.#read(chunk),
      failed: () => {
        this.#timers.stop();
        listener.changed();
      },
    });
    if (receiver.negotiation.phase !== 'introduced') return;
    this.#socket.gather();
    this.#introduce();
  }

  get failure(): CodedError | undefined {
    return this.#socket.failure;
  }

  get cause(): BreakCause {
    const { heard, isSwitching } = this.#receiver.negotiation;
    if (heard === 'foreign') return 'stranger';
    if (isSwitching) return 'switch';
    if (this.#receiver.search.isOn) return 'search';
    if (this.failure?.code === 'REFUSED') return 'refused';
    if (heard === 'nothing') return this.#socket.isTimedOut ? 'silent' : 'lost';
    // It is of no use either where it greeted and then acknowledged none of the frames that went out.
    return this.isGreeted && !this.#hasSent ? 'lost' : 'unacknowledged';
  }

  get acknowledging(): Acknowledging {
    return acknowledging(this.#receiver.negotiation);
  }

  get isGreeted(): boolean {
    return this.#receiver.negotiation.phase === 'greeted';
  }

  get isHeard(): boolean {
    return performance.now() - this.#heardMs < quietMs;
  }

  get canTakeMore(): boolean {
    const { negotiation, search } = this.#receiver;
    const { inFlight, heldBytes } = this.#listener.load;
    if (search.isOn && inFlight > 0) return false;
    return !mustAwaitAnswer(negotiation, inFlight, heldBytes);
  }

  /** Resolves when the kernel has taken the frame. @throws CodedError as `failure` */
  async send(frame: NumberedFrame, signal: AbortSignal): Promise<void> {
    await this.#socket.write(this.#encode(frame), this.#receiver.options.sendTimeoutMs, signal);
    this.#hasSent = true;
    this.#countLoad();
  }

  async end(timeoutMs: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#socket.end(timeoutMs, signal);
    } finally {
      this.#timers.stop();
    }
    const hasBegunToAnswer = this.#receiver.negotiation.heard === 'ours' && !this.isGreeted;
    if (hasBegunToAnswer) throw this.#socket.fail('it began to answer, and took no frame');
  }

  #encode(frame: NumberedFrame): Uint8Array[] {
    const wire = frameWire(this.#receiver.negotiation);
    if (wire === '2') return [encodeFrameHead(frame), frame.jpeg];
    if (wire === 'classic') return [encodeClassicFrame(frame)];
    this.#timers.awaitAnswer();
    return [encodeClassicFrame(frame, { stream: this.#receiver.stream, sequence: frame.sequence })];
  }

  /** What is under way may show that the receiver is a classic one. */
  #countLoad(): void {
    this.#receiver.apply(this.#listener.load.isBeyondBuffers ? 'sent beyond buffers' : 'sent');
  }

  #missAnswer(): void {
    this.#receiver.apply('no answer');
    if (this.#receiver.negotiation.known === 'wire 2') {
      this.#failSilent();
      return;
    }
    this.#countLoad();
    this.#listener.changed();
  }

  #failSilent(): void {
    const { idleTimeoutMs } = this.#receiver.options;
    this.#socket.isTimedOut = true;
    this.#socket.fail(`nothing was heard from it for ${idleTimeoutMs / 1000} s (--idle-timeout)`);
  }

  #read(chunk: Uint8Array): void {
    this.#timers.heard();
    this.#heardMs = performance.now();
    // However short it is: no receiver of ours begins otherwise.
    if (this.#receiver.negotiation.heard === 'nothing') {
      if (chunk[0] !== magic[0]) {
        this.#failForeign(recognizeForeignProtocol(chunk));
        return;
      }
      this.#receiver.apply('heard ours');
    }
    try {
      for (const message of this.#decoder.decode(chunk)) {
        if (this.failure === undefined) this.#take(message);
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#failForeign(undefined);
    }
  }

  #failForeign(protocol: Protocol | undefined): void {
    const { address, options } = this.#receiver;
    // Within TLS nothing speaks TLS.
    const known = protocol === 'TLS' && options.tls !== undefined ? undefined : protocol;
    this.#receiver.apply('heard foreign');
    this.#socket.fail(new MismatchError(`Cannot send to ${address}: ${describeForeignProtocol(known, address)}`));
  }

  #take(message: Message | BadFrame): void {
    if (this.#receiver.options.wire === 'classic' && message.type !== 'FAIL') {
      throw new ProtocolError('BAD_MESSAGE', 'Nobody asked for wire 2');
    }
    switch (message.type) {
      case 'WELC':
        this.#greet();
        this.#acknowledge(message.sequence, undefined);
        break;
      case 'ACKN':
        this.#acknowledge(message.sequence, message.latencyUs);
        break;
      case 'skip':
        if (!this.#listener.rejected(message.sequence, rejectedFrame(message.sequence, message)))
          this.#socket.fail(`it skips frame ${message.sequence}, which was never sent`);
        break;
      case 'ping':
        this.#answer(message);
        break;
      case 'FAIL':
        this.#takeRefusal(message);
        break;
      default:
        throw new ProtocolError('BAD_MESSAGE', `Cannot take a message ${message.type} from a receiver`);
    }
  }

  /** Between two frames at any time, as each is one write. */
  #greet(): void {
    const isIntroduced = frameWire(this.#receiver.negotiation) === '2';
    this.#receiver.apply('greeted');
    if (!isIntroduced) this.#introduce();
  }

  #introduce(): void {
    const { options, stream } = this.#receiver;
    const { name, delivery, token, idleTimeoutMs } = options;
    this.#timers.stop();
    this.#listener.changed();
    this.#socket.post(encodeMessage({ type: 'HELO', stream, keepAliveMs: idleTimeoutMs, delivery, name, token }));
    this.#timers.watchSilence();
  }

  #acknowledge(sequence: number, latencyUs: number | undefined): void {
    const { load } = this.#listener;
    const { pending } = load;
    if (this.#listener.acknowledgedUpTo(sequence, latencyUs)) {
      this.#receiver.apply('acknowledged');
      this.#receiver.search.clear(pending - load.pending);
      return;
    }
    this.#receiver.renewStream();
    this.#socket.fail(`it acknowledges frame ${sequence}, which was never sent`);
  }

  #takeRefusal(refusal: Refusal): void {
    const { code, reason } = refusal;
    const { inFlight, oldestInFlight } = this.#listener.load;
    if (code === 'NOT_ACCEPTED') this.#receiver.refuseClassic();
    if (this.#receiver.search.refuse(code, inFlight) && oldestInFlight !== undefined) {
      this.#listener.rejected(oldestInFlight.sequence, rejectedFrame(oldestInFlight.sequence, refusal));
    }
    this.#socket.fail(
      new CodedError('REFUSED', `The receiver at ${this.#receiver.address} refused: ${reason} (${code})`),
    );
  }

  #answer({ sentUs }: Ping): void {
    const remoteReceivedUs = readMonotonicUs();
    // A receiver that pings and does not read gets no more than one answer.
    if (this.#isPongUnderWay) return;
    this.#isPongUnderWay = true;
    const { monotonicUs: remoteSentUs, wallUs: remoteWallUs } = readClocks();
    const times = { sentUs, remoteReceivedUs, remoteSentUs, remoteWallUs };
    this.#socket.post(encodeMessage({ type: 'pong', ...times }), () => {
      this.#isPongUnderWay = false;
    });
  }
}

/** Why a frame is not sent again. */
function rejectedFrame(sequence: number, { code, reason }: { code: string; reason: string }): CodedError {
  return new CodedError(
    'REFUSED',
    `The receiver refused frame ${sequence} and takes the next ones: ${reason} (${code})`,
  );
}
