import type { ConsumerInfo } from '@nats-io/jetstream';
import type { BatchPosition } from '../../frames/received-frame.ts';
import { pause } from '../../system/abort.ts';
import type { LimitedLog } from '../../system/limited-log.ts';
import { measureRoundTrip } from '../round-trip.ts';
import { unusable } from '../stream-errors.ts';
import { BatchReader } from './batch-reader.ts';
import { type ConsumerStrategy, ensureGroupConsumer, refTo, type StreamContext } from './consumers.ts';
import type { FrameDecoder } from './frame-decoder.ts';
import type { NatsFrame } from './frame-reader.ts';
import { readPosition } from './message-position.ts';

export interface SharedOptions {
  /** The name of the consumer that all workers of the group use. */
  readonly group: string;
  /** Frames that are delivered at once, at most. */
  readonly batch: number;
  /** Longest wait for so many to be there, in milliseconds. */
  readonly waitMs: number;
}

interface SharedNeeds extends SharedOptions {
  /** Frames that are still to be delivered, at most. */
  readonly wanted: () => number;
}

/**
 * Up to so many frames at a time, the newest of as many cameras, none of which another worker of the group gets.
 *
 * No frame is held while more are waited for: the stream keeps the newest of each camera meanwhile, and any worker may have it.
 */
export class SharedStrategy implements ConsumerStrategy {
  readonly #decoder: FrameDecoder;
  readonly #options: SharedNeeds;
  readonly #log: LimitedLog;
  /** Frames that were asked for and did not come, at most. */
  #lost = 0;

  constructor(decoder: FrameDecoder, options: SharedNeeds, log: LimitedLog) {
    this.#decoder = decoder;
    this.#options = options;
    this.#log = log;
  }

  async open(context: StreamContext): Promise<ConsumerInfo> {
    const { name, max_msgs_per_subject: kept } = context.stream.config;
    if (kept === 1) return await ensureGroupConsumer(context, this.#options.group, this.#options.batch);
    const count = kept > 0 ? String(kept) : 'any number';
    const advice = `workers need a stream of --publish-stream newest: delete ${name} and publish again, or use another server or account`;
    throw unusable(
      `Cannot share the newest frames of the stream ${name} as it must keep 1 of each camera (max_msgs_per_subject): it keeps ${count}; ${advice}`,
    );
  }

  async consume(context: StreamContext, consumer: ConsumerInfo): Promise<string | undefined> {
    const { connection, over, stop } = context;
    const { waitMs, wanted } = this.#options;
    const rttMs = await measureRoundTrip(connection, over);
    const batches = new BatchReader(refTo(context, consumer), rttMs, over, (max) => {
      // Messages that are in flight at the end of the program are not lost on the way.
      if (!stop.aborted) this.#tellLost(max);
    });
    let takenMs = Number.NEGATIVE_INFINITY;
    /** Messages that were there already at the last pull. */
    let pending = 0;
    while (!batches.isOver) {
      await this.#decoder.cameraStreams.settle();
      const batch = Math.min(this.#options.batch, wanted());
      // The program is about to end.
      if (batch <= 0) break;
      const isFull = pending >= Math.min(batch, batches.room);
      if (!isFull) await pause(takenMs + waitMs - performance.now(), over);
      let messages = await batches.take(batch);
      if (messages.length === 0) messages = await batches.wait();
      takenMs = performance.now();
      pending = readPosition(messages.at(-1)?.reply)?.pending ?? 0;
      const found = messages.flatMap((message) => {
        const frame = this.#decoder.read(message);
        return frame === undefined ? [] : [{ ...frame, groupSequence: readPosition(message.reply)?.delivery ?? 0 }];
      });
      this.#deliver(found);
    }
    batches.close();
    return batches.reason;
  }

  #tellLost(max: number): void {
    this.#lost += max;
    this.#log.warn(
      'lost',
      `up to ${max} frames of a batch are lost on the way from the NATS server (${this.#lost} in all)`,
    );
  }

  #deliver(found: readonly (NatsFrame & Pick<BatchPosition, 'groupSequence'>)[]): void {
    const { cameraStreams } = this.#decoder;
    const newest = new Map(found.map((frame) => [frame.camera, frame]));
    // The one before does not count: its number is not above that of the newer.
    const kept = found.filter((frame) => newest.get(frame.camera) === frame);
    const accepted = kept.flatMap((frame) => {
      const cameraStream = cameraStreams.accept(frame);
      return cameraStream === undefined ? [] : [{ frame, cameraStream }];
    });
    for (const [index, { frame, cameraStream }] of accepted.entries()) {
      void this.#decoder.deliver(cameraStream, frame, {
        index,
        length: accepted.length,
        groupSequence: frame.groupSequence,
      });
    }
    for (const frame of found) if (newest.get(frame.camera) !== frame) cameraStreams.skip(frame);
  }
}
