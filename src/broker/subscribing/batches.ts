import type { Msg } from '@nats-io/transport-node';
import { onAbort } from '../../system/abort.ts';
import { type ConsumerPlace, type PullRequest, Pulls } from './pulls.ts';

/** Longest time that a request waits at the server. */
const waitMs = 5000;
/** For an answer, where there is nothing to wait for. */
const answerMs = 5000;

/** Takes the messages of a consumer in batches, one after another. */
export class Batches {
  readonly #pulls: Pulls;
  readonly #stopWatching: () => void;
  /** Of the request that is under way. */
  #id = 0;
  #left = 0;
  #messages: Msg[] = [];
  #finish: () => void = () => undefined;
  #isOver = false;

  constructor(place: ConsumerPlace, over: AbortSignal) {
    this.#pulls = new Pulls(place, {
      take: (message) => {
        this.#messages.push(message);
        if (--this.#left <= 0) this.#finish();
      },
      end: (id) => {
        if (id === this.#id) this.#finish();
      },
      lose: () => this.close(),
    });
    this.#stopWatching = onAbort(over, () => this.close());
  }

  /** Whether no more can come. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Those that are there now, at most so many. */
  async take(most: number): Promise<Msg[]> {
    return await this.#pull({ batch: most, expiresMs: undefined });
  }

  /** The next one, or none when none comes for some seconds. */
  async wait(): Promise<Msg[]> {
    return await this.#pull({ batch: 1, expiresMs: waitMs });
  }

  /** What is under way is forgotten. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopWatching();
    this.#pulls.close();
    this.#finish();
  }

  async #pull(request: PullRequest): Promise<Msg[]> {
    if (this.#isOver) return [];
    const done = new Promise<void>((resolve) => {
      this.#finish = resolve;
    });
    this.#left = request.batch;
    this.#id = this.#pulls.pull(request);
    // A server that says nothing has lost the consumer.
    const timer = setTimeout(() => this.close(), (request.expiresMs ?? 0) + answerMs);
    await done;
    clearTimeout(timer);
    const messages = this.#messages;
    this.#messages = [];
    return messages;
  }
}
