import type { ConsumerInfo } from '@nats-io/jetstream';
import type { BatchPlace } from '../../link/receiving/received-frame.ts';
import { pause } from '../../system/abort.ts';
import { unusable } from '../stream-keeper.ts';
import { Batches } from './batches.ts';
import { ensureGroupConsumer, type StreamWay, type Taking } from './consumers.ts';
import type { FoundFrame } from './frame-reader.ts';
import type { FrameTaker } from './frame-taker.ts';
import { readPlace } from './message-place.ts';

export interface SharedOptions {
  /** The name of the consumer that all who share have in common. */
  readonly group: string;
  /** Frames that are handed over at once, at most. */
  readonly batch: number;
  /** Longest wait for so many to be there, in milliseconds. */
  readonly waitMs: number;
}

/**
 * Up to so many frames at a time, the newest of as many cameras, none of which another worker of the group gets.
 *
 * No frame is held while more are waited for: the stream keeps the newest of each camera meanwhile, and any worker may have it.
 */
export class SharedTaking implements Taking {
  readonly #taker: FrameTaker;
  readonly #options: SharedOptions;

  constructor(taker: FrameTaker, options: SharedOptions) {
    this.#taker = taker;
    this.#options = options;
  }

  async open(way: StreamWay): Promise<ConsumerInfo> {
    const { name, max_msgs_per_subject: kept } = way.stream.config;
    if (kept === 1) return await ensureGroupConsumer(way, this.#options.group);
    const count = kept > 0 ? String(kept) : 'any number';
    const advice = `publish with --publish-stream newest into a new one, or \`nats stream edit ${name} --max-msgs-per-subject 1\``;
    throw unusable(
      `Cannot share the newest frames of the stream ${name} as it must keep 1 of each camera (max_msgs_per_subject): it keeps ${count}; ${advice}`,
    );
  }

  async consume({ connection, over }: StreamWay, consumer: ConsumerInfo): Promise<void> {
    const { batch, waitMs } = this.#options;
    const batches = new Batches({ connection, stream: consumer.stream_name, consumer: consumer.name }, over);
    for (let isFull = true; !batches.isOver; ) {
      await this.#taker.sources.settle();
      if (!isFull) await pause(waitMs, over);
      let messages = await batches.take(batch);
      if (messages.length === 0) messages = await batches.wait();
      isFull = messages.length >= batch;
      const found = messages.flatMap((message) => {
        const frame = this.#taker.read(message);
        return frame === undefined ? [] : [{ ...frame, sequence: readPlace(message.reply)?.delivery ?? 0 }];
      });
      this.#hand(found);
    }
    batches.close();
  }

  #hand(found: readonly (FoundFrame & Pick<BatchPlace, 'sequence'>)[]): void {
    const { sources } = this.#taker;
    const newest = new Map(found.map((frame) => [frame.camera, frame]));
    // The one before does not count: its number is not above that of the newer.
    const kept = found.filter((frame) => newest.get(frame.camera) === frame);
    const accepted = kept.flatMap((frame) => {
      const source = sources.accept(frame);
      return source === undefined ? [] : [{ frame, source }];
    });
    for (const [index, { frame, source }] of accepted.entries()) {
      void this.#taker.hand(source, frame, { index, length: accepted.length, sequence: frame.sequence });
    }
    for (const frame of found) if (newest.get(frame.camera) !== frame) sources.skip(frame);
  }
}
