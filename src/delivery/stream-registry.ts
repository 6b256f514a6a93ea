import type { Skip, StreamId } from '../protocol/wire2/message.ts';
import { HeldFrames, HoldBudget } from './held-frames.ts';
import { checkOwner, type StreamConnection, type StreamOwner } from './stream-owner.ts';

/** Streams without a connection that are remembered. */
const maxIdle = 10_000;

/** The state of a stream, which lasts from connection to connection. */
export interface Stream {
  readonly id: StreamId;
  /** The highest sequence number that was delivered to the sinks; 0: none. */
  delivered: number;
  /** The highest one that was acknowledged, as the sinks have accepted it. */
  acknowledged: number;
  /** Resolves when all frames in flight are accepted or not; undefined: none is in flight. */
  settled: Promise<void> | undefined;
  /** Frames that were delivered and not settled yet, and the bytes of their JPEGs. */
  readonly inFlight: { frames: number; bytes: number };
  /** The skip messages of the last frames that were skipped: the connection may have broken before they were read. */
  readonly skipped: Skip[];
  /** Frames that are delivered when their sender has said its name, over whichever connection. */
  readonly held: HeldFrames;
  /** The one that it comes over; undefined while there is none. */
  connection: StreamConnection | undefined;
  /** The sender of the last connection, once that is over. */
  owner: StreamOwner | undefined;
}

function makeStream(id: StreamId, budget: HoldBudget): Stream {
  const inFlight = { frames: 0, bytes: 0 };
  const held = new HeldFrames(budget);
  const nobody = { connection: undefined, owner: undefined };
  return { id, delivered: 0, acknowledged: 0, settled: undefined, inFlight, skipped: [], held, ...nobody };
}

/** The streams that were seen, so that a frame which comes again over another connection is known. */
export class StreamRegistry {
  /** Those without a connection longest come first. */
  readonly #streams = new Map<StreamId, Stream>();
  readonly #budget = new HoldBudget();
  readonly #closing = new AbortController();

  /** Aborts when no connection comes any more. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  close(): void {
    this.#closing.abort();
  }

  /**
   * The stream for a new connection. One that it had is over.
   * @throws ProtocolError BAD_MESSAGE where another sender has it
   */
  open(id: StreamId, connection: StreamConnection): Stream {
    const stream = this.#streams.get(id) ?? makeStream(id, this.#budget);
    const older = stream.connection;
    const owner = older?.sender ?? stream.owner;
    if (owner !== undefined) checkOwner(owner, older, connection);
    stream.connection = connection;
    older?.supersede();
    this.#streams.delete(id);
    this.#streams.set(id, stream);
    return stream;
  }

  /** Sends something about a stream to its sender; false: it is not there, or does not read. */
  post(id: StreamId, bytes: Uint8Array): boolean {
    return this.#streams.get(id)?.connection?.post(bytes) ?? false;
  }

  /** The connection that had opened it is gone. */
  leave(stream: Stream, connection: StreamConnection): void {
    if (stream.connection !== connection) return;
    const { address, joined, identity } = connection.sender;
    stream.connection = undefined;
    stream.owner = { address, joined, identity };
    this.#streams.delete(stream.id);
    // One without a frame is nothing to remember.
    if (stream.delivered > 0) this.#streams.set(stream.id, stream);
    for (const [id, { connection: isOpen, settled }] of this.#streams) {
      if (this.#streams.size <= maxIdle) break;
      if (isOpen === undefined && settled === undefined) this.#streams.delete(id);
    }
  }
}
