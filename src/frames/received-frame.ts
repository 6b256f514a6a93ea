import type { Delivery, Frame } from '../protocol/frame.ts';
import type { SenderIdentity, StreamId } from '../protocol/wire2/message.ts';
import { LatencyStatistics } from './latency.ts';

/** One connection to the receiver, as sinks and displays see it. */
export interface ConnectionStats {
  /** `address:port`, from the socket and never from the wire. */
  readonly address: string;
  /** The name that the sender says on wire 2 or over HTTP: printable. */
  name: string | undefined;
  /** The stream id, on wire 2 or with marked classic frames. */
  stream: StreamId | undefined;
  /** The key of the camera whose token its sender gave; undefined: it gave none that is a camera's. */
  joined: string | undefined;
  /** The machine and the device, which the sender says on wire 2. */
  identity: SenderIdentity | undefined;
  /** The delivery that the sender asks for, on wire 2. */
  delivery: Delivery | undefined;
  /** Whether frames are acknowledged, so that the sender forgets them then. */
  isAcknowledged: boolean;
  /** Whether it is in an HTTP request that does not say where it ends. */
  isEndless: boolean;
  /** Whether it is in an HTTP request whose sender waits: the answer can say that a picture is not accepted, and must come soon. */
  awaitsReply: boolean;
  /** Frames received whole, duplicates aside. */
  frames: number;
  /** Bytes of their JPEGs. */
  bytes: number;
  /** Frames that are missing in its sequences, on wire 2. */
  dropped: number;
  /** Frames that came once more after a connection broke, and were ignored. */
  duplicates: number;
  /** Frames that were rejected; and torn JPEGs and garbage between pictures of plain senders. */
  skipped: number;
  /** The last of these, with the reason. */
  lastSkipped: string | undefined;
  readonly latency: LatencyStatistics;
  /** Its wall clock less ours, in microseconds; undefined where they are not compared. */
  wallOffsetUs: number | undefined;
}

/** A connection of which nothing is known but its address. */
export function createConnectionStats(address: string): ConnectionStats {
  return {
    address,
    name: undefined,
    stream: undefined,
    joined: undefined,
    identity: undefined,
    delivery: undefined,
    isAcknowledged: false,
    isEndless: false,
    awaitsReply: false,
    frames: 0,
    bytes: 0,
    dropped: 0,
    duplicates: 0,
    skipped: 0,
    lastSkipped: undefined,
    latency: new LatencyStatistics(),
    wallOffsetUs: undefined,
  };
}

export interface ReceivedFrame extends Omit<Frame, 'capturedAtUs'> {
  /** As in `Frame`; undefined where the sender does not say it. */
  readonly capturedAtUs: number | undefined;
  readonly connection: ConnectionStats;
  /** The same by the steady clock of the sender, which a result for the frame says again; undefined where it does not say it. */
  readonly capturedMonotonicUs?: number | undefined;
  /** The stream of the frame, on wire 2 or with a mark. */
  readonly stream: StreamId | undefined;
  /** Of the stream, where there is one; else 1 for the first frame of that sender over the connection. */
  readonly sequence: number;
  /** When the last byte of the frame was here, by this machine's clock: microseconds since 1970, UTC. */
  readonly receivedAtUs: number;
  /** Undefined where the clocks are not compared: on the classic wire, and at the very start. */
  readonly latency: Latency | undefined;
  /** Where workers share the frames of all cameras. */
  readonly batch?: BatchPosition | undefined;
}

/** The place of a frame in the batch that one of several workers got. */
export interface BatchPosition {
  /** The place in the batch, from 0. */
  readonly index: number;
  /** Frames of the batch. */
  readonly length: number;
  /** Its number among all frames that all workers of the group got, from 1. */
  readonly groupSequence: number;
}

/** The time from the capture to the reception, with the two clocks compared. */
export interface Latency {
  /** Microseconds. */
  readonly us: number;
  /** The truth is within so much of it, in microseconds. */
  readonly errorUs: number;
}

/** Receive time less capture time in microseconds, where that is known: right only as far as the two wall clocks agree. */
export function transitUs({
  receivedAtUs,
  capturedAtUs,
}: Pick<ReceivedFrame, 'receivedAtUs' | 'capturedAtUs'>): number | undefined {
  return capturedAtUs === undefined ? undefined : receivedAtUs - capturedAtUs;
}

/** A connection in messages: its name or stream, and its address. */
export function formatConnection({ name, stream, address }: ConnectionStats): string {
  const called = name ?? stream;
  return called === undefined ? address : `${called} (${address})`;
}
