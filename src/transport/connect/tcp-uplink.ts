import type { Socket } from 'node:net';
import type { BreakCause, Uplink, UplinkListener } from '../../delivery/uplink.ts';
import type { CodedError } from '../../errors.ts';
import { encodeClassicFrame } from '../../protocol/classic/classic-encoder.ts';
import type { NumberedFrame } from '../../protocol/frame.ts';
import { type Acknowledging, acknowledging, frameWire, mustAwaitAnswer } from '../../protocol/negotiation.ts';
import { encodeFrameHead, encodeMessage } from '../../protocol/wire2/message-encoder.ts';
import { AnswerTimers } from './answer-timers.ts';
import { OutgoingSocket } from './outgoing-socket.ts';
import { ReceiverMessages } from './receiver-messages.ts';
import type { ReceiverRecord } from './receiver-record.ts';

/** A receiver of wire 2 says something once a second. */
const quietMs = 3000;

/** One connection to a receiver, on whichever wire the two agree. */
export class TcpUplink implements Uplink {
  readonly #receiver: ReceiverRecord;
  readonly #listener: UplinkListener;
  readonly #socket: OutgoingSocket;
  readonly #timers: AnswerTimers;
  #hasSent = false;
  #heardMs = Number.NEGATIVE_INFINITY;

  /** @param socket connected, with TLS up */
  constructor(socket: Socket, receiver: ReceiverRecord, listener: UplinkListener) {
    this.#receiver = receiver;
    this.#listener = listener;
    this.#timers = new AnswerTimers(receiver.options.idleTimeoutMs, {
      late: () => this.#noteLate(),
      unanswered: () => this.#noteUnanswered(),
      silent: () => this.#failSilent(),
      ungreeted: () => this.#failUngreeted(),
    });
    this.#socket = new OutgoingSocket(socket, receiver.address, {
      data: (chunk) => {
        this.#timers.heard();
        this.#heardMs = performance.now();
        messages.read(chunk);
      },
      failed: () => {
        this.#timers.stop();
        listener.changed();
      },
    });
    const messages = new ReceiverMessages({
      socket: this.#socket,
      receiver,
      listener,
      greeted: () => this.#noteGreeted(),
    });
    if (receiver.negotiation.phase !== 'introduced') return;
    this.#socket.awaitAnswer();
    this.#introduce();
    this.#timers.introduced();
  }

  get failure(): CodedError | undefined {
    return this.#socket.failure;
  }

  get cause(): BreakCause {
    const { heard, isSwitching } = this.#receiver.negotiation;
    if (heard === 'foreign') return 'foreign';
    if (isSwitching) return 'switch';
    if (this.#receiver.search.isOn) return 'search';
    if (this.failure?.code === 'REJECTED') return 'rejected';
    if (heard === 'nothing') return this.#socket.isTimedOut ? 'silent' : 'lost';
    // A greeting alone is no success either, if frames went out after it.
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

  /**
   * Resolves when the kernel has taken the frame; undefined where it has at once.
   * @throws CodedError as `failure`
   */
  send(frame: NumberedFrame, signal: AbortSignal): Promise<void> | undefined {
    const { negotiation, stream, options } = this.#receiver;
    const wire = frameWire(negotiation);
    if (wire === 'marked') this.#timers.awaitAnswer();
    const mark = wire === 'marked' ? { stream, sequence: frame.sequence } : undefined;
    const parts = wire === '2' ? [encodeFrameHead(frame), frame.jpeg] : [encodeClassicFrame(frame, mark)];
    const taken = this.#socket.write(parts, options.sendTimeoutMs, signal);
    if (taken !== undefined) return taken.then(() => this.#noteSent());
    this.#noteSent();
    return undefined;
  }

  #noteSent(): void {
    this.#hasSent = true;
    this.#noteLoad();
  }

  async end(timeoutMs: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#socket.end(timeoutMs, signal);
    } finally {
      this.#timers.stop();
    }
    const hasBegunToAnswer = this.#receiver.negotiation.heard === 'ours' && !this.isGreeted;
    if (hasBegunToAnswer) throw this.#socket.fail('it began to answer, and accepted no frame');
  }

  /** The frames in flight may show that the receiver is a classic one. */
  #noteLoad(): void {
    this.#receiver.apply(this.#listener.load.isBeyondBuffers ? 'sent beyond buffers' : 'sent');
  }

  #noteLate(): void {
    this.#receiver.apply('answer late');
    this.#listener.changed();
  }

  #noteUnanswered(): void {
    this.#receiver.apply('no answer');
    if (this.#receiver.negotiation.known === 'wire 2') {
      this.#failSilent();
      return;
    }
    this.#noteLoad();
    this.#listener.changed();
  }

  /** Between two frames at any time, as each is one write. */
  #noteGreeted(): void {
    const isIntroduced = frameWire(this.#receiver.negotiation) === '2';
    this.#receiver.apply('greeted');
    if (!isIntroduced) this.#introduce();
    this.#timers.watchSilence();
  }

  #introduce(): void {
    const { options, stream } = this.#receiver;
    const { name, delivery, token, idleTimeoutMs: keepAliveMs, identity } = options;
    this.#timers.stop();
    this.#listener.changed();
    this.#socket.post(encodeMessage({ type: 'HELO', stream, keepAliveMs, delivery, name, token, identity }));
  }

  /** A receiver that has said nothing may be a classic one, or is found to be silent. */
  #failUngreeted(): void {
    if (this.#receiver.negotiation.heard !== 'ours') return;
    const { idleTimeoutMs } = this.#receiver.options;
    this.#socket.isTimedOut = true;
    this.#socket.fail(`it says something, and did not greet within ${idleTimeoutMs / 1000} s (--idle-timeout)`);
  }

  #failSilent(): void {
    const { idleTimeoutMs } = this.#receiver.options;
    this.#socket.isTimedOut = true;
    this.#socket.fail(`it sent nothing for ${idleTimeoutMs / 1000} s (--idle-timeout)`);
  }
}
