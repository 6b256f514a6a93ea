import { Buffer } from 'node:buffer';
import { NewNameLimiter } from '../../../src/delivery/new-name-limiter.ts';
import { StreamRegistry } from '../../../src/delivery/stream-registry.ts';
import { CodedError } from '../../../src/errors.ts';
import type { ConnectionStats, ReceivedFrame } from '../../../src/frames/received-frame.ts';
import { joinBytes } from '../../../src/protocol/byte-pieces.ts';
import type { FrameLimits } from '../../../src/protocol/frame.ts';
import { type ProtocolName, protocolNames } from '../../../src/protocol/protocol-access.ts';
import { ConnectionSenders } from '../../../src/transport/accept/connection-senders.ts';
import { IdentityClaims } from '../../../src/transport/accept/identity-claims.ts';
import type { Protocol, ProtocolLink, Steps } from '../../../src/transport/accept/protocol.ts';
import { ProtocolDetector } from '../../../src/transport/accept/protocol-detector.ts';
import { SenderLimiter } from '../../../src/transport/accept/sender-limiter.ts';
import { TokenCheck } from '../../../src/transport/accept/token-check.ts';
import { type ByteStream, checkStream, type StreamEvent, type StreamFormat } from '../check-stream.ts';
import type { Random } from '../random.ts';
import type { Target } from '../target.ts';
import { describePicture, expectWithin } from './describe.ts';
import { seedRequests } from './http.ts';
import { seedJpegs } from './jpeg-stream.ts';
import { someLimits } from './limits.ts';
import { encodeAll, seedClassic, seedMessages, toBytes } from './seeds.ts';
import { anyStructure } from './structures.ts';

interface Variant {
  readonly limits: FrameLimits;
  readonly accept: readonly ProtocolName[];
  readonly hasToken: boolean;
}

const idleTimeoutMs = 60_000;

/** A connection from its first byte to its end, without a socket. */
class Conversation implements ByteStream {
  readonly #limits: FrameLimits;
  readonly #senders: ConnectionSenders;
  #protocol: Protocol;
  #events: string[] = [];
  #isEnded = false;

  constructor({ limits, accept, hasToken }: Variant) {
    this.#limits = limits;
    const streams = new StreamRegistry();
    // Nothing waits for a sender that comes again.
    streams.close();
    const token = hasToken ? new TokenCheck(Buffer.from('secret')) : undefined;
    const naming = new NewNameLimiter(100).of('127.0.0.1');
    const senderLimiter = new SenderLimiter(4, 4).of('127.0.0.1');
    this.#senders = new ConnectionSenders(
      '127.0.0.1:1',
      { idleTimeoutMs, senderLimiter, naming },
      {
        connected: () => undefined,
        disconnected: (connection) => this.#describeEnd(connection),
        notice: () => undefined,
        deliver: (frame) => this.#deliver(frame),
      },
    );
    const link: ProtocolLink = {
      write: () => undefined,
      post: () => true,
      acknowledge: () => undefined,
      isEncrypted: false,
      exportSession: () => undefined,
      closeWriting: () => undefined,
      end: () => {
        this.#isEnded = true;
      },
    };
    this.#protocol = new ProtocolDetector(
      this.#senders,
      { ...limits, accept, token, streams, identities: new IdentityClaims(), idleTimeoutMs },
      link,
      (found) => {
        this.#protocol = found;
      },
    );
  }

  *take(chunk: Uint8Array<ArrayBuffer>): Generator<StreamEvent> {
    if (!this.#isEnded) yield* this.#go(this.#protocol.receive(chunk));
  }

  *finish(): Generator<StreamEvent> {
    if (!this.#isEnded) yield* this.#go(this.#protocol.finish());
    this.#end();
    yield* this.#takeEvents();
  }

  *#go(steps: Steps): Generator<StreamEvent> {
    try {
      for (const step of steps) {
        yield* this.#takeEvents();
        if (step instanceof Promise) yield step;
        if (this.#isEnded) return;
      }
      yield* this.#takeEvents();
    } catch (error) {
      if (error instanceof CodedError) this.#protocol.closingBytes(error);
      this.#end();
      yield* this.#takeEvents();
      throw error;
    }
  }

  #end(): void {
    this.#isEnded = true;
    this.#protocol.end();
    this.#senders.leave(undefined);
  }

  #takeEvents(): string[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #deliver(frame: ReceivedFrame): boolean {
    expectWithin(frame, this.#limits);
    const { name } = frame.connection;
    this.#events.push(`${name} ${frame.stream} ${frame.sequence} ${describePicture(frame)} ${frame.capturedAtUs}`);
    return true;
  }

  #describeEnd({ name, frames, bytes, dropped, duplicates, skipped }: ConnectionStats): void {
    this.#events.push(`end ${name}: ${[frames, bytes, dropped, duplicates, skipped]}`);
  }
}

const all = { accept: protocolNames, hasToken: false };

const format: StreamFormat<Variant> = {
  variants: [
    ...someLimits.map((limits) => ({ ...all, limits })),
    ...(['classic', '2', 'jpeg', 'http'] as const).map((name) => ({
      ...all,
      accept: [name],
      limits: someLimits[2] as FrameLimits,
    })),
  ],
  structure: anyStructure,
  codes: [
    'BAD_LENGTH',
    'FRAME_TOO_LONG',
    'BAD_BASE64',
    'BAD_TIME',
    'BAD_MESSAGE',
    'BAD_REQUEST',
    'NOT_JPEG',
    'PICTURE_TOO_LARGE',
    'TORN_FRAME',
    'NOT_ACCEPTED',
    'TOKEN_MISSING',
    'BAD_TOKEN',
    'TOO_MANY_SENDERS',
  ],
  open: (variant) => new Conversation(variant),
};

/** All that may come over one connection. */
function seed(random: Random): Uint8Array {
  switch (random.below(7)) {
    case 0:
      return seedClassic(random);
    case 1:
      return encodeAll(seedMessages(random));
    case 2:
      return joinBytes([seedClassic(random), encodeAll(seedMessages(random))]);
    case 3:
      return seedJpegs(random);
    case 4:
      return toBytes(random.pick(['\0\0\x01\x67', '\0\0\0\x01', '\0\0\0\0', '\x16\x03\x01', 'SSH-2.0-x\r\n']));
    default:
      return seedRequests(random);
  }
}

/** The receiver's side of a connection: detection, the protocols, deduplication, and the counts. */
export const connection: Target = {
  seed,
  structure: anyStructure,
  check: (input, random, isAll) => checkStream(format, input, random, isAll),
};
