import type { Msg } from '@nats-io/transport-node';
import type { BatchPlace } from '../../link/receiving/received-frame.ts';
import { CodedError } from '../../protocol/errors.ts';
import type { FrameLimits } from '../../protocol/frame.ts';
import type { ClockComparer } from '../clock-comparer.ts';
import { type FoundFrame, readFrame } from './frame-reader.ts';
import type { Source } from './source.ts';
import type { Sources } from './sources.ts';

/** Makes frames of messages, and hands them to the sinks as frames of their cameras. */
export class FrameTaker {
  readonly sources: Sources;
  readonly #clocks: ClockComparer;
  readonly #limits: FrameLimits;

  constructor(sources: Sources, clocks: ClockComparer, limits: FrameLimits) {
    this.sources = sources;
    this.#clocks = clocks;
    this.#limits = limits;
  }

  /** Undefined where it is no frame, which is counted. */
  read(message: Msg): FoundFrame | undefined {
    try {
      return readFrame(message, this.#limits);
    } catch (error) {
      const refusal = error instanceof CodedError ? error : new CodedError('FAULT', `Cannot read a frame: ${error}`);
      this.sources.refuse(refusal, message.subject);
      return undefined;
    }
  }

  /** Resolves when the sinks have taken it; undefined: they have, or it is nothing for them. */
  take(message: Msg): Promise<void> | undefined {
    const frame = this.read(message);
    const source = frame === undefined ? undefined : this.sources.accept(frame);
    return frame === undefined || source === undefined ? undefined : this.hand(source, frame);
  }

  /** Hands over what `sources.accept` gave the source for. Resolves as `take`. */
  hand(source: Source, frame: FoundFrame, batch?: BatchPlace): Promise<void> | undefined {
    const { publisher, sender, age } = frame.facts;
    const lateness = this.#clocks.measure(publisher, age, frame.monotonicUs);
    // The offset of a receiver's clock says nothing of its cameras' clocks.
    const wallOffsetUs = sender === undefined ? this.#clocks.wallOffsetUs(publisher) : undefined;
    return source.hand(frame, { lateness, wallOffsetUs, ...(batch === undefined ? {} : { batch }) });
  }
}
