import type { ReceivedFrame, Sender } from '../link/received-frame.ts';
import type { Sink } from './sink.ts';

/** Hands each frame to all sinks, and ends after `count` frames. */
export class FanOut implements Sink {
  readonly #sinks: readonly Sink[];
  readonly #count: number;
  readonly #onDone: () => void;
  readonly #underWay = new Set<Promise<void>>();
  /** Frames handed on. */
  frames = 0;

  /** @param count frames of all senders together; 0: no end */
  constructor(sinks: readonly Sink[], count: number, onDone: () => void) {
    this.#sinks = sinks;
    this.#count = count;
    this.#onDone = onDone;
  }

  take(frame: ReceivedFrame): void | Promise<void> {
    if (this.#count > 0 && this.frames >= this.#count) return;
    this.frames++;
    const waits: Promise<void>[] = [];
    for (const sink of this.#sinks) {
      const taken = sink.take(frame);
      if (taken !== undefined) waits.push(taken);
    }
    if (this.frames === this.#count) this.#onDone();
    if (waits.length === 0) return;
    const taken: Promise<void> = Promise.all(waits).then(() => {
      this.#underWay.delete(taken);
    });
    this.#underWay.add(taken);
    return taken;
  }

  leave(sender: Sender): void {
    for (const sink of this.#sinks) sink.leave?.(sender);
  }

  async close(): Promise<void> {
    await Promise.all(this.#underWay);
    await Promise.all(this.#sinks.map((sink) => sink.close?.()));
  }
}
