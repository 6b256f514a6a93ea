import type { FrameQueue } from '../../src/delivery/frame-queue.ts';
import { FrameReceiver } from '../../src/delivery/frame-receiver.ts';
import type { Naming } from '../../src/delivery/new-name-limiter.ts';
import { StreamRegistry } from '../../src/delivery/stream-registry.ts';
import type { CodedError } from '../../src/errors.ts';
import { LatencyStatistics } from '../../src/frames/latency.ts';
import type { ConnectionStats, ReceivedFrame } from '../../src/frames/received-frame.ts';
import { type CapturedFrame, type Delivery, defaultFrameLimits, type NumberedFrame } from '../../src/protocol/frame.ts';
import { protocolNames } from '../../src/protocol/protocol-access.ts';
import type { Incoming } from '../../src/protocol/stream-decoder.ts';
import type { BadFrame, Hello, Message } from '../../src/protocol/wire2/message.ts';
import { MessageDecoder } from '../../src/protocol/wire2/message-decoder.ts';
import { IdentityClaims } from '../../src/transport/accept/identity-claims.ts';
import { TokenCheck } from '../../src/transport/accept/token-check.ts';
import { WireProtocol } from '../../src/transport/accept/wire-protocol.ts';

/** The sequences from the first to the last. */
export const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);

/** A frame as a source makes it, of one pixel; its times are its sequence. */
export function makeCaptured(sequence: number, bytes = 1): CapturedFrame {
  const jpeg = new Uint8Array(bytes).fill(sequence);
  return { jpeg, width: 1, height: 1, capturedAtUs: sequence, capturedMonotonicUs: sequence };
}

export function makeNumbered(sequence: number, bytes = 1): NumberedFrame {
  return { ...makeCaptured(sequence, bytes), sequence };
}

/** A sender on the classic wire, unless something else is said. */
export function makeSender(over: Partial<ConnectionStats> = {}): ConnectionStats {
  const unknown = {
    name: undefined,
    stream: undefined,
    joined: undefined,
    identity: undefined,
    delivery: undefined,
    wallOffsetUs: undefined,
  };
  const counts = { frames: 0, bytes: 0, dropped: 0, duplicates: 0, skipped: 0 };
  return {
    address: '127.0.0.1:1',
    ...unknown,
    isAcknowledged: true,
    isEndless: false,
    awaitsReply: false,
    ...counts,
    lastSkipped: undefined,
    latency: new LatencyStatistics(),
    ...over,
  };
}

/** The first frame of such a sender, captured and received at the beginning of 1970. */
export function makeReceived(over: Partial<ReceivedFrame> = {}): ReceivedFrame {
  const picture = { jpeg: new Uint8Array(), width: 1, height: 1, capturedAtUs: 0 };
  const { connection = makeSender() } = over;
  return {
    ...picture,
    connection,
    stream: connection.stream,
    sequence: 1,
    receivedAtUs: 0,
    latency: undefined,
    ...over,
  };
}

/** The traits that an outbox knows of the connections of a receiver. */
export const tcpTraits = { maxBytesInFlight: Number.POSITIVE_INFINITY, countsRejected: true };

/** A queue whose frames come when the test says so. */
export class TrialFrameQueue implements FrameQueue {
  readonly #delivery: Delivery;
  #frames: NumberedFrame[] = [];
  #failure: Error | undefined;
  #captured = 0;
  dropped = 0;
  readonly unconnected = 0;

  constructor(delivery: Delivery) {
    this.#delivery = delivery;
  }

  capture(count: number, bytes = 1): void {
    for (let i = 0; i < count; i++) {
      if (this.#delivery === 'latest') this.dropped += this.#frames.splice(0).length;
      this.#frames.push(makeNumbered(++this.#captured, bytes));
    }
  }

  fail(error: Error): void {
    this.#failure = error;
  }

  setDemand(): void {}

  get captured(): number {
    return this.#captured;
  }

  get waiting(): number {
    return this.#frames.length;
  }

  get hasFrame(): boolean {
    return this.#frames.length > 0;
  }

  async ready(): Promise<boolean> {
    if (!this.hasFrame && this.#failure !== undefined) throw this.#failure;
    return this.hasFrame;
  }

  take(): NumberedFrame {
    const frame = this.#frames.shift();
    if (frame === undefined) throw new Error('take() before ready()');
    return frame;
  }

  release(): void {}

  async closed(): Promise<void> {}
}

/** All promises that can resolve without a timer or the outside have done so. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

export const stream = 'pi-01-k3x9f2ab';
/** Of a sender that wants every frame to arrive. */
export const hello: Hello = {
  type: 'HELO',
  stream,
  keepAliveMs: 10_000,
  delivery: 'every',
  name: 'pi',
  token: new Uint8Array(),
};

export function picture(sequence: number, bytes = 1): Incoming {
  return { type: 'FRAM', frame: makeNumbered(sequence, bytes) };
}

export function marked(sequence: number, bytes = 1, id = stream): Incoming {
  return { type: 'classic', frame: { ...makeNumbered(sequence, bytes), mark: { stream: id, sequence } } };
}

export function unmarked(sequence: number): Incoming {
  return { type: 'classic', frame: { ...makeNumbered(sequence), mark: undefined } };
}

/** Connections on our wires that share their sinks and streams, as those of one receiver do. */
export class TrialReceiver {
  readonly streams = new StreamRegistry();
  readonly identities = new IdentityClaims();
  readonly taken: number[] = [];
  readonly frames: ReceivedFrame[] = [];
  readonly events: string[] = [];
  readonly protocols: WireProtocol[] = [];
  /** The answer of the sinks; undefined: they take their time, until `finish`. */
  answer: boolean | undefined = true;
  readonly #waiting: ((isTaken: boolean) => void)[] = [];

  /** @param naming undefined: any names may come */
  open(token?: Uint8Array, naming?: Naming, address = '127.0.0.1:1') {
    const written: (Message | BadFrame)[] = [];
    const ends: (CodedError | undefined)[] = [];
    let isClosed = false;
    const check = token === undefined ? undefined : new TokenCheck(token);
    const options = {
      ...defaultFrameLimits,
      accept: protocolNames,
      token: check,
      streams: this.streams,
      identities: this.identities,
      idleTimeoutMs: 9000,
    };
    const protocol = new WireProtocol(new FrameReceiver(address, this, { naming }), options, {
      write: (bytes) => written.push(...new MessageDecoder(defaultFrameLimits).decode(bytes)),
      post: (bytes) => written.push(...new MessageDecoder(defaultFrameLimits).decode(bytes)) > 0,
      acknowledge: (message) => written.push(message),
      ...{ isEncrypted: false, exportSession: () => undefined },
      closeWriting: () => {
        isClosed = true;
      },
      end: (error) => {
        ends.push(error);
        protocol.end();
      },
    });
    this.protocols.push(protocol);
    const answers = (type: Message['type']) => written.filter((message) => message.type === type);
    const acknowledged = () => written.flatMap((message) => (message.type === 'ACKN' ? [message.sequence] : []));
    return { protocol, written, ends, answers, acknowledged, isClosed: () => isClosed };
  }

  connected(connection: ConnectionStats): void {
    this.events.push(`${connection.name} arrives`);
  }

  disconnected(connection: ConnectionStats, error: CodedError | undefined): void {
    this.events.push(
      `${connection.name} leaves after ${connection.frames}${error === undefined ? '' : `: ${error.code}`}`,
    );
  }

  notice(_sender: ConnectionStats, what: string): void {
    this.events.push(what);
  }

  deliver(frame: ReceivedFrame): boolean | Promise<boolean> {
    this.taken.push(frame.sequence);
    this.frames.push(frame);
    if (this.answer !== undefined) return this.answer;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The oldest frame that the sinks were given is written, or is not. */
  async finish(isTaken = true): Promise<void> {
    this.#waiting.shift()?.(isTaken);
    await settle();
  }
}
