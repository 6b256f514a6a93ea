import type { Socket } from 'node:net';
import { formatAddress } from '../../network/address.ts';
import { encodeClassicFrame } from '../../protocol/classic/classic-encoder.ts';
import { CodedError, ProtocolError } from '../../protocol/errors.ts';
import { type Delivery, defaultFrameLimits, type NumberedFrame } from '../../protocol/frame.ts';
import {
  type BadFrame,
  type Message,
  magic,
  maxControlBytes,
  type Ping,
  type Skip,
  type StreamId,
} from '../../protocol/wire2/message.ts';
import { MessageDecoder } from '../../protocol/wire2/message-decoder.ts';
import { encodeFrameHead, encodeMessage } from '../../protocol/wire2/message-encoder.ts';
import { readClocks, readMonotonicUs } from '../../system/clock.ts';
import { SilenceTimer } from '../../system/silence-timer.ts';
import { type DialOptions, dial } from './dial.ts';
import { describeForeignProtocol, type Protocol, recognizeForeignProtocol } from './foreign-protocol.ts';
import { MismatchError } from './mismatch.ts';
import { OutgoingSocket } from './outgoing-socket.ts';

export interface TcpUplinkOptions extends DialOptions {
  /** `auto`: classic until the receiver says that it knows wire 2. */
  readonly wire: 'auto' | 'classic' | '2';
  /** Longest time without the other end taking bytes. */
  readonly sendTimeoutMs: number;
  /** Longest time without a byte from a receiver of wire 2. */
  readonly idleTimeoutMs: number;
  readonly stream: StreamId;
  readonly name: string;
  readonly delivery: Delivery;
  /** Empty: none. */
  readonly token: Uint8Array;
}

/** What earlier connections have shown of the receiver. */
export type Peer = 'unknown' | 'classic' | 'wire 2';

export interface UplinkHandler {
  /** All frames up to that number have arrived; `latencyUs` of the last of them, where known. False when none with it was sent. */
  acknowledge(sequence: number, latencyUs: number | undefined): boolean;
  /** The receiver has left that frame behind. False when none with that number was sent. */
  skip(sequence: number, error: CodedError): boolean;
  /** The receiver has refused the connection, and gives that code and reason. */
  refused(code: string, reason: string): void;
  /** The wire or `failure` has changed, or whether it is late. */
  changed(): void;
}

/** A receiver of wire 2 says something once a second. */
const quietMs = 3000;
/** So long frames are held back for the answer of a receiver that may be a classic one. */
const patienceMs = 1000;

/** One connection to a receiver. Sends whole frames one after another; after a failure it is of no further use. */
export class TcpUplink {
  readonly #options: TcpUplinkOptions;
  readonly #handler: UplinkHandler;
  readonly #socket: OutgoingSocket;
  /** No receiver sends frames. */
  readonly #decoder = new MessageDecoder({ ...defaultFrameLimits, maxFrameBytes: maxControlBytes });
  #isUpgraded = false;
  readonly #peer: Peer;
  #isMarked = false;
  #firstSentMs: number | undefined;
  #patience: NodeJS.Timeout | undefined;
  #silence: SilenceTimer | undefined;
  #isPongUnderWay = false;
  /** Whether the answer to the mark takes longer than it mostly does. */
  isLate = false;
  /** Whether the receiver has shown that it knows wire 2. */
  isAcknowledged = false;
  /** A receiver that was to answer did not, for the whole idle time-out: it may be another one now. */
  isUnacknowledged = false;
  /** Bytes came that no receiver of ours sends. */
  isForeign = false;
  /** Nothing ever came, and a time-out ended it. */
  #isSilent = false;
  #hasHeard = false;
  #heardMs = Number.NEGATIVE_INFINITY;
  /** What it says begins as messages of wire 2 do: a receiver of ours answers for what it takes. */
  #isOurs = false;

  /** @throws CodedError UNTRUSTED, or CONNECT_FAILED, also when `signal` aborts */
  static async open(
    options: TcpUplinkOptions,
    peer: Peer,
    handler: UplinkHandler,
    signal: AbortSignal,
  ): Promise<TcpUplink> {
    return new TcpUplink(await dial(options, signal), options, peer, handler);
  }

  private constructor(socket: Socket, options: TcpUplinkOptions, peer: Peer, handler: UplinkHandler) {
    this.#options = options;
    this.#peer = peer;
    this.#handler = handler;
    this.#socket = new OutgoingSocket(socket, formatAddress(options.host, options.port), {
      data: (chunk) => this.#read(chunk),
      failed: () => {
        this.#stopTimers();
        handler.changed();
      },
    });
    if (options.wire !== '2') return;
    this.#socket.gather();
    this.#upgrade();
  }

  /** Why nothing more can be sent, undefined while all is well. */
  get failure(): CodedError | undefined {
    return this.#socket.failure;
  }

  /** `marked`: classic, and it may yet turn out that the receiver knows wire 2. */
  get wire(): 'classic' | 'marked' | '2' {
    const { wire, delivery } = this.#options;
    if (this.#isUpgraded) return '2';
    // With `every` each frame bears its mark until it is certain that the receiver is a classic one: some may have to go out again.
    const isUncertain = delivery === 'every' && this.#peer === 'unknown';
    return wire === 'classic' || (this.isUnacknowledged && !isUncertain) ? 'classic' : 'marked';
  }

  /** Whether a time-out ended it before anything was ever heard. */
  get isSilent(): boolean {
    return !this.#hasHeard && (this.#isSilent || this.#socket.isTimedOut);
  }

  /** Whether anything was ever heard over it. */
  get hasHeard(): boolean {
    return this.#hasHeard;
  }

  /** Whether frames went out to a receiver that has greeted, and so is to answer for them. */
  get owesAcknowledgements(): boolean {
    return this.isAcknowledged && this.#firstSentMs !== undefined;
  }

  /** Whether anything was heard over it of late. */
  get isHeard(): boolean {
    return performance.now() - this.#heardMs < quietMs;
  }

  /** Since its first frame went out, in milliseconds; for ever where none did. */
  get ageMs(): number {
    return this.#firstSentMs === undefined ? Number.POSITIVE_INFINITY : performance.now() - this.#firstSentMs;
  }

  /** Resolves when the kernel has taken the frame. @throws CodedError SEND_FAILED, REFUSED */
  async send(frame: NumberedFrame, signal: AbortSignal): Promise<void> {
    const { wire } = this;
    if (wire === 'marked' && !this.#isMarked) this.#awaitAnswer();
    await this.#socket.write(this.#encode(frame, wire), this.#options.sendTimeoutMs, signal);
    this.#firstSentMs ??= performance.now();
  }

  /**
   * Ends the connection after all that was sent, and waits for the receiver to have read it and to close it in turn.
   * @param timeoutMs longest wait; a few seconds of it are left once `signal` aborts
   * @throws CodedError SEND_FAILED, REFUSED
   */
  async end(timeoutMs: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#socket.end(timeoutMs, signal);
    } finally {
      this.#stopTimers();
    }
    if (this.#isOurs && !this.isAcknowledged) throw this.#socket.fail('it began to answer, and took no frame');
  }

  #encode(frame: NumberedFrame, wire: TcpUplink['wire']): Uint8Array[] {
    if (wire === '2') return [encodeFrameHead(frame), frame.jpeg];
    const mark = wire === 'marked' ? { stream: this.#options.stream, sequence: frame.sequence } : undefined;
    return [encodeClassicFrame(frame, mark)];
  }

  #read(chunk: Uint8Array): void {
    this.#silence?.heard();
    this.#heardMs = performance.now();
    if (!this.#hasHeard) this.#isOurs = chunk[0] === magic[0];
    this.#hasHeard = true;
    // However short it is: no receiver of ours begins so.
    if (!this.#isOurs) {
      this.#failForeign(recognizeForeignProtocol(chunk));
      return;
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
    // Within TLS nothing speaks TLS.
    const known = protocol === 'TLS' && this.#options.tls !== undefined ? undefined : protocol;
    this.isForeign = true;
    this.#socket.fail(
      new MismatchError(`Cannot send to ${this.#address}: ${describeForeignProtocol(known, this.#address)}`),
    );
  }

  /** The receiver's, for messages. */
  get #address(): string {
    return formatAddress(this.#options.host, this.#options.port);
  }

  #take(message: Message | BadFrame): void {
    if (this.#options.wire === 'classic' && message.type !== 'FAIL') {
      throw new ProtocolError('BAD_MESSAGE', 'Nobody asked for wire 2');
    }
    switch (message.type) {
      case 'WELC':
        this.isAcknowledged = true;
        if (!this.#isUpgraded) this.#upgrade();
        this.#acknowledge(message.sequence, undefined);
        break;
      case 'ACKN':
        this.#acknowledge(message.sequence, message.latencyUs);
        break;
      case 'skip':
        this.#skip(message);
        break;
      case 'ping':
        this.#answer(message);
        break;
      case 'FAIL':
        this.#handler.refused(message.code, message.reason);
        this.#socket.fail(
          new CodedError('REFUSED', `The receiver at ${this.#address} refused: ${message.reason} (${message.code})`),
        );
        break;
      default:
        throw new ProtocolError('BAD_MESSAGE', `Cannot take a message ${message.type} from a receiver`);
    }
  }

  #acknowledge(sequence: number, latencyUs: number | undefined): void {
    if (this.#handler.acknowledge(sequence, latencyUs)) return;
    this.#socket.fail(`it acknowledges frame ${sequence}, which was never sent`);
  }

  #skip({ sequence, code, reason }: Skip): void {
    if (!this.#handler.skip(sequence, rejectedFrame(sequence, code, reason)))
      this.#socket.fail(`it skips frame ${sequence}, which was never sent`);
  }

  /** Between two frames at any time, as each is one write. */
  #upgrade(): void {
    const { stream, name, delivery, token, idleTimeoutMs } = this.#options;
    this.#stopTimers();
    this.#isUpgraded = true;
    this.#handler.changed();
    this.#socket.post(encodeMessage({ type: 'HELO', stream, keepAliveMs: idleTimeoutMs, delivery, name, token }));
    this.#silence = new SilenceTimer(idleTimeoutMs, () => this.#failSilent());
  }

  /** The first mark goes out. */
  #awaitAnswer(): void {
    const { idleTimeoutMs } = this.#options;
    this.#isMarked = true;
    // The timer alone says so: it may fire a little before a clock would.
    this.#patience = setTimeout(() => {
      this.isLate = true;
      this.#handler.changed();
    }, patienceMs);
    this.#silence = new SilenceTimer(idleTimeoutMs, () => {
      this.isUnacknowledged = true;
      if (this.#peer === 'wire 2') this.#failSilent();
      else this.#handler.changed();
    });
  }

  #failSilent(): void {
    this.#isSilent = true;
    this.#socket.fail(`nothing was heard from it for ${this.#options.idleTimeoutMs / 1000} s (--idle-timeout)`);
  }

  #stopTimers(): void {
    clearTimeout(this.#patience);
    this.#silence?.stop();
  }

  #answer({ sentUs }: Ping): void {
    const remoteReceivedUs = readMonotonicUs();
    // Whoever pings and does not read gets no more than one answer.
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
export function rejectedFrame(sequence: number, code: string, reason: string): CodedError {
  return new CodedError(
    'REFUSED',
    `The receiver refused frame ${sequence} and takes the next ones: ${reason} (${code})`,
  );
}
