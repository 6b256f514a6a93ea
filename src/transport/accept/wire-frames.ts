import { Deduplicator, type StreamAnswers } from '../../delivery/deduplicator.ts';
import type { FrameReceiver } from '../../delivery/frame-receiver.ts';
import { type ClassicIncoming, markOf } from '../../delivery/held-frames.ts';
import type { StreamRegistry } from '../../delivery/stream-registry.ts';
import type { Latency } from '../../frames/received-frame.ts';
import type { ProtocolError } from '../../protocol/errors.ts';
import type { NumberedFrame } from '../../protocol/frame.ts';
import type { ProtocolAccess } from '../../protocol/protocol-access.ts';
import type { DetectorState, StreamId } from '../../protocol/wire2/message.ts';
import { encodeMessage } from '../../protocol/wire2/message-encoder.ts';
import { type ClockReading, readClocks } from '../../system/clock.ts';
import type { Wait } from '../../system/maybe-promise.ts';
import { NameWait } from './name-wait.ts';
import type { ProtocolLink } from './protocol.ts';

export interface WireFramesOptions extends ProtocolAccess {
  readonly streams: StreamRegistry;
  /** Sent to the sender, as the time after which its connection ends when nothing comes. */
  readonly idleTimeoutMs: number;
  /** Tells senders of the detector; undefined: there is none. */
  readonly readDetector?: (() => DetectorState | undefined) | undefined;
}

/** The sender at the other end of the connection. */
export interface WireSender {
  /** The latency of a frame that was captured at that time by the steady clock of the sender. */
  latencyOf(capturedUs: number, received: ClockReading): Latency | undefined;
  /** Whether nothing has come from it for so long that the connection is dead. */
  isSilent(): boolean;
}

/** The frames of one connection on our wires, and the stream that they are of. */
export class WireFrames {
  readonly #receiver: FrameReceiver;
  readonly #options: WireFramesOptions;
  readonly #link: ProtocolLink;
  readonly #sender: WireSender;
  readonly #deduplicator: Deduplicator;
  /** Undefined as long as no stream is known. */
  #names: NameWait | undefined;
  /** Frames that are held are for another connection to deliver. */
  #isOver = false;
  /** Why a frame was skipped, if the sender cannot get the answer while it sends: on the classic wire without marks. */
  untold: ProtocolError | undefined;

  constructor(receiver: FrameReceiver, options: WireFramesOptions, link: ProtocolLink, sender: WireSender) {
    this.#receiver = receiver;
    this.#options = options;
    this.#link = link;
    this.#sender = sender;
    const answers: StreamAnswers = {
      acknowledge: (message) => link.acknowledge(message),
      skip: (message) => link.write(encodeMessage(message)),
    };
    this.#deduplicator = new Deduplicator(receiver, options.streams, answers, {
      isSilent: () => sender.isSilent(),
      supersede: () => {
        this.#isOver = true;
        link.end(undefined);
      },
      post: (bytes) => link.post(bytes),
    });
  }

  /** Whether frames wait for the name of their sender. */
  get isHolding(): boolean {
    return this.#names?.isHolding === true;
  }

  get inFlight(): Promise<void> | undefined {
    return this.#deduplicator.stream?.settled;
  }

  /** The stream is known: time to show that this receiver knows wire 2. @throws ProtocolError where another is */
  join(id: StreamId): void {
    if (this.#names !== undefined && this.#deduplicator.stream?.id === id) return;
    const stream = this.#deduplicator.join(id);
    this.#names = new NameWait(stream, ({ incoming, received }) => this.takeClassic(incoming, received));
    this.#receiver.connection.stream = id;
    this.#receiver.connection.isAcknowledged = true;
    // Before the answer that counts them among those that are accepted.
    for (const skip of stream.skipped) this.#link.write(encodeMessage(skip));
    const keepAliveMs = this.#options.idleTimeoutMs;
    const detector = this.#options.readDetector?.();
    this.#link.write(encodeMessage({ type: 'WELC', keepAliveMs, sequence: stream.acknowledged, detector }));
  }

  /** Whether it holds the frame, as its sender has not said its name yet and is about to. @throws ProtocolError */
  hold(incoming: ClassicIncoming): boolean {
    const mark = markOf(incoming);
    if (mark !== undefined) this.join(mark.stream);
    const held = this.#names?.hold(incoming) ?? 'passed';
    if (held === 'duplicate') this.#receiver.connection.duplicates++;
    return held !== 'passed';
  }

  /** Delivers frames that were held. @throws ProtocolError */
  release(maxFrames?: number): Wait {
    return this.#isOver ? undefined : this.#names?.release(maxFrames);
  }

  /** Takes a frame of wire 2. */
  take(frame: NumberedFrame): Wait {
    const { jpeg, width, height, capturedAtUs, capturedMonotonicUs, sequence } = frame;
    const { connection } = this.#receiver;
    const received = readClocks();
    return this.#deduplicator.receive({
      jpeg,
      width,
      height,
      connection,
      stream: connection.stream,
      sequence,
      capturedAtUs,
      capturedMonotonicUs,
      receivedAtUs: received.wallUs,
      latency: this.#sender.latencyOf(capturedMonotonicUs, received),
    });
  }

  takeClassic(incoming: ClassicIncoming, received = readClocks()): Wait {
    const mark = this.#options.accept.includes('2') ? markOf(incoming) : undefined;
    if (mark !== undefined) this.join(mark.stream);
    if (incoming.type === 'classic') {
      const { jpeg, width, height, capturedAtUs } = incoming.frame;
      const { connection } = this.#receiver;
      const place = { stream: mark?.stream, sequence: mark?.sequence ?? connection.frames + 1 };
      const times = { capturedAtUs, receivedAtUs: received.wallUs, latency: undefined };
      return this.#deduplicator.receive({ jpeg, width, height, connection, ...place, ...times });
    }
    if (mark === undefined) this.untold = incoming.error;
    return this.#deduplicator.reject(mark?.sequence, incoming.error);
  }

  /** A frame of wire 2 whose picture cannot be accepted. */
  reject(sequence: number | undefined, error: ProtocolError): Wait {
    return this.#deduplicator.reject(sequence, error);
  }

  /**
   * The sender of frames that are held is gone without a name. Where a sink is slow, those behind the first are not accepted any more.
   * @throws ProtocolError
   */
  giveUp(): void {
    try {
      void this.release(Number.POSITIVE_INFINITY);
      this.#receiver.connection.dropped += this.#isOver ? 0 : (this.#names?.left ?? 0);
    } finally {
      this.#isOver = true;
    }
  }

  /** The connection is over. */
  leave(): void {
    this.#deduplicator.leave();
  }
}
