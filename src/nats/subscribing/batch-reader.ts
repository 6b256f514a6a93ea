import type { Msg } from '@nats-io/transport-node';
import { onAbort } from '../../system/abort.ts';
import { SilenceTimer } from '../../system/silence-timer.ts';
import { type ConsumerRef, type PullRequest, PullRequests } from './pull-requests.ts';

/** Longest time that a pull request waits at the server. */
const waitMs = 5000;
/** Longest time for an answer, and from one message to the next: one large picture on a slow link takes that long. */
const answerMs = 10_000;
/** One request asks for no more than the link carries in this time: the server's answer to a ping comes after all of it. */
const maxMs = 2000;
/** Messages of a request before the speed of the link is known. */
const first = 4;

/** Reads the messages of a consumer in batches, one after another. */
export class BatchReader {
  readonly #pulls: PullRequests;
  readonly #rttMs: number;
  readonly #stopWatching: () => void;
  readonly #onLost: (max: number) => void;
  /** The id of the request in flight. */
  #id = 0;
  #left = 0;
  #messages: Msg[] = [];
  #timer: SilenceTimer | undefined;
  #lastMs = 0;
  #finish: () => void = () => undefined;
  #isOver = false;
  /** Messages that the link carries in `maxMs`. */
  #room = first;
  /** Why no more messages can come, where the server said it. */
  reason: string | undefined;

  /**
   * @param rttMs of the connection while nothing is in flight
   * @param onLost so many messages at most were asked for and did not come: nobody else gets them
   */
  constructor(place: ConsumerRef, rttMs: number, over: AbortSignal, onLost: (max: number) => void) {
    this.#rttMs = rttMs;
    this.#onLost = onLost;
    this.#pulls = new PullRequests(place, {
      take: (message) => {
        this.#timer?.heard();
        this.#lastMs = performance.now();
        this.#messages.push(message);
        if (--this.#left <= 0) this.#finish();
      },
      end: (id) => {
        if (id !== this.#id) return;
        this.#left = 0;
        this.#finish();
      },
      lose: (reason) => {
        this.reason = reason;
        this.#left = 0;
        this.close();
      },
    });
    this.#stopWatching = onAbort(over, () => this.close());
  }

  /** Whether no more can come. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** How many messages may be asked for at once, so that they are here soon. */
  get room(): number {
    return this.#room;
  }

  /** Messages that are there now, at most so many, and no more than there is room for. */
  async take(max: number): Promise<Msg[]> {
    const startMs = performance.now();
    const messages = await this.#pull({ batch: Math.min(max, this.#room), expiresMs: undefined });
    const ms = Math.max(1, this.#lastMs - startMs - this.#rttMs);
    if (messages.length > 0) this.#room = Math.max(1, Math.floor((messages.length * maxMs) / ms));
    return messages;
  }

  /** The next message, or none when none comes for some seconds. */
  async wait(): Promise<Msg[]> {
    return await this.#pull({ batch: 1, expiresMs: waitMs });
  }

  /** Messages in flight are ignored. */
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
    this.#timer = new SilenceTimer((request.expiresMs ?? 0) + answerMs, () => this.close());
    await done;
    this.#timer.stop();
    const messages = this.#messages;
    this.#messages = [];
    // An idle worker whose connection breaks loses nothing that is known of.
    if (this.#left > 0 && (messages.length > 0 || request.expiresMs === undefined)) this.#onLost(this.#left);
    return messages;
  }
}
