import type { Skip, StreamId } from '../protocol/wire2/message.ts';
import { HeldFrames, HoldBudget } from './held-frames.ts';

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
  /** Ends the connection that the stream comes over; undefined while there is none. */
  supersede: (() => void) | undefined;
}

function makeStream(id: StreamId, budget: HoldBudget): Stream {
  const inFlight = { frames: 0, bytes: 0 };
  const held = new HeldFrames(budget);
  return { id, delivered: 0, acknowledged: 0, settled: undefined, inFlight, skipped: [], held, supersede: undefined };
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

  /** The stream for a new connection. One that it had is over: only its sender knows the id. */
  open(id: StreamId, supersede: () => void): Stream {
    const stream = this.#streams.get(id) ?? makeStream(id, this.#budget);
    const { supersede: supersedeOlder } = stream;
    stream.supersede = supersede;
    supersedeOlder?.();
    this.#streams.delete(id);
    this.#streams.set(id, stream);
    return stream;
  }

  /** The connection that had opened it with `supersede` is gone. */
  leave(stream: Stream, supersede: () => void): void {
    if (stream.supersede !== supersede) return;
    stream.supersede = undefined;
    this.#streams.delete(stream.id);
    // One without a frame is nothing to remember.
    if (stream.delivered > 0) this.#streams.set(stream.id, stream);
    for (const [id, { supersede: isOpen, settled }] of this.#streams) {
      if (this.#streams.size <= maxIdle) break;
      if (isOpen === undefined && settled === undefined) this.#streams.delete(id);
    }
  }
}
