import type { ErrorCode } from '../errors.ts';
import type { SenderIdentity } from '../protocol/wire2/message.ts';
import { History } from './history.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import type { ConnectionStats, ReceivedFrame } from './received-frame.ts';
import { transitUs } from './received-frame.ts';

/** The frames of a camera since the receiver was started, over all its connections. */
export interface CameraCounts {
  /** Frames received whole, duplicates aside. */
  readonly frames: number;
  /** Bytes of their JPEGs. */
  readonly bytes: number;
  /** Frames that never came: dropped by the sender, or lost on the way. */
  readonly dropped: number;
  /** Frames that came twice; the second was ignored. */
  readonly duplicates: number;
  /** Torn JPEGs and garbage between its pictures. */
  readonly skipped: number;
}

const counted = ['frames', 'bytes', 'dropped', 'duplicates', 'skipped'] as const;

/** A camera, whichever connection its pictures come over; it is there while it is offline, too. */
export class Camera {
  /** Unique, and allowed in addresses and file names. */
  readonly key: string;
  /** Its name for people: printable, may hold markup, and another camera may have the same. */
  title: string;
  /** The machine and the device of its last sender that said them. */
  identity: SenderIdentity | undefined;
  /**
   * The key of the camera that joined, where this one is another source of the same machine, and
   * comes with the same token.
   */
  tokenOf: string | undefined;
  /** The host of its last sender, without a port; undefined where it is not known. */
  host: string | undefined;
  /** When it came first: microseconds since 1970, UTC; undefined: it is expected, and never came. */
  firstSeenUs: number | undefined;
  /** A user has had it forgotten: the next camera of its name is another one. */
  isForgotten = false;
  readonly latency = new LatencyHistogram();
  readonly history = new History();
  /** Connections that brought frames. */
  connectionCount = 0;
  /** How often a connection ended for which reason; those that ended as they should are not there. */
  readonly failures = new Map<ErrorCode, number>();
  /** Frames that --decode or --show could not decode. */
  damaged = 0;
  /** Frames that a sink dropped, by its name. */
  readonly droppedBySink = new Map<string, number>();
  /** Bytes of it that sinks wrote to a disk, by their names. */
  readonly writtenBySink = new Map<string, { bytes: number }>();
  /** When it last came or went: microseconds since 1970, UTC. */
  changedAtUs: number;
  readonly #connections = new Set<ConnectionStats>();
  /** Counts of connections that are gone. */
  readonly #past = { frames: 0, bytes: 0, dropped: 0, duplicates: 0, skipped: 0 };

  constructor(key: string, title: string, nowUs: number) {
    this.key = key;
    this.title = title;
    this.firstSeenUs = nowUs;
    this.changedAtUs = nowUs;
  }

  /** Whether a connection of it is open. */
  get isOnline(): boolean {
    return this.#connections.size > 0;
  }

  /** The connections that are open now. */
  get connections(): ReadonlySet<ConnectionStats> {
    return this.#connections;
  }

  get counts(): CameraCounts {
    const counts = { ...this.#past };
    for (const connection of this.#connections) for (const kind of counted) counts[kind] += connection[kind];
    return counts;
  }

  /** A sink drops one of its frames. */
  countDropped(sink: string): void {
    this.droppedBySink.set(sink, (this.droppedBySink.get(sink) ?? 0) + 1);
  }

  /** A sink has written so much of it to a disk. */
  countWritten(sink: string, bytes: number): void {
    const written = this.writtenBySink.get(sink);
    if (written === undefined) this.writtenBySink.set(sink, { bytes });
    else written.bytes += bytes;
  }

  connected(connection: ConnectionStats, nowUs: number): void {
    if (!this.isOnline) this.changedAtUs = nowUs;
    this.#connections.add(connection);
    this.connectionCount++;
  }

  /** Adds a frame to the latency and the history. */
  countFrame(frame: ReceivedFrame): void {
    const us = frame.latency?.us ?? transitUs(frame);
    // Latency by clocks that are not compared is shown but not counted; and no frame comes before its capture.
    if (frame.latency !== undefined) this.latency.add(Math.max(0, frame.latency.us / 1000));
    this.history.add(frame.receivedAtUs, us === undefined ? undefined : us / 1000);
  }

  disconnected(connection: ConnectionStats, failure: ErrorCode | undefined, nowUs: number): void {
    if (!this.#connections.delete(connection)) return;
    for (const kind of counted) this.#past[kind] += connection[kind];
    if (failure !== undefined) this.failures.set(failure, (this.failures.get(failure) ?? 0) + 1);
    if (!this.isOnline) this.changedAtUs = nowUs;
  }
}
