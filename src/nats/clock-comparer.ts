import type { NatsConnection } from '@nats-io/transport-node';
import type { Latency } from '../frames/received-frame.ts';
import { RemoteClock } from '../frames/remote-clock.ts';
import type { Pong } from '../protocol/wire2/message.ts';
import { readClocks, readMonotonicUs } from '../system/clock.ts';
import type { FrameAge } from './frame-headers.ts';
import { clockOf } from './subjects.ts';

/** The time between two questions, to any publisher: the more publishers, the shorter. */
const maxPauseMs = 50;
const minPauseMs = 5;
const answerTimeoutMs = 2000;
/** The questions at the start that follow one another quickly. */
const quickAnswers = 4;
const defaultPauseMs = 10_000;
const maxPublishers = 20_000;
const maxAnswerBytes = 1024;
/** A publisher without a frame for so long is forgotten. */
const forgetAfterMs = 120_000;
/** A monotonic clock that says something else by so much is another one. */
const otherClockUs = 1_000_000;

interface Publisher {
  clocks: RemoteClock;
  answers: number;
  /** When it is to be asked next, and when it was last asked about, by `performance.now()`. */
  dueMs: number;
  usedMs: number;
}

/** Compares this machine's clocks with those of the publishers whose frames come, by question and answer over the NATS server. */
export class ClockComparer {
  /** The publishers in the order in which they are asked. */
  readonly #publishers = new Map<string, Publisher>();
  #connection: NatsConnection | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** Asks over this connection until it is gone. */
  attach(connection: NatsConnection, over: AbortSignal): void {
    this.#connection = connection;
    over.addEventListener('abort', () => {
      if (this.#connection !== connection) return;
      this.#connection = undefined;
      clearTimeout(this.#timer);
      this.#timer = undefined;
    });
    for (const publisher of this.#publishers.values()) publisher.dueMs = 0;
    this.#schedule(0);
  }

  /**
   * How late a frame is that is here now; undefined while its age or the publisher's clock is not known: that is compared from the first
   * time on that it is asked for here.
   */
  measure(id: string, age: FrameAge | undefined, monotonicUs: number): Latency | undefined {
    if (age === undefined) return undefined;
    const estimate = this.#use(id)?.clocks.estimate(monotonicUs);
    if (estimate === undefined) return undefined;
    const sinceUs = monotonicUs - (age.atUs - estimate.offsetUs);
    return { us: age.us + sinceUs, errorUs: age.errorUs + estimate.errorUs };
  }

  /** The publisher's wall clock less ours, in microseconds, where it is known. */
  wallOffsetUs(id: string): number | undefined {
    return this.#publishers.get(id)?.clocks.wallOffsetUs;
  }

  #use(id: string): Publisher | undefined {
    const known = this.#publishers.get(id);
    const usedMs = performance.now();
    if (known !== undefined) {
      known.usedMs = usedMs;
      return known;
    }
    if (this.#publishers.size >= maxPublishers) return undefined;
    const added = { clocks: new RemoteClock(), answers: 0, dueMs: 0, usedMs };
    this.#publishers.set(id, added);
    this.#schedule(0);
    return added;
  }

  /** The timer runs while there is somebody to ask. */
  #schedule(afterMs: number): void {
    if (this.#connection === undefined || this.#publishers.size === 0) return;
    if (afterMs === 0 && this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.#askNext(), afterMs);
  }

  #askNext(): void {
    this.#timer = undefined;
    const nowMs = performance.now();
    const connection = this.#connection;
    for (const [id, publisher] of this.#publishers) {
      if (nowMs - publisher.usedMs > forgetAfterMs) this.#publishers.delete(id);
      else if (publisher.dueMs <= nowMs && connection !== undefined) {
        // To the end of the row: publishers that were never asked come first.
        this.#publishers.delete(id);
        this.#publishers.set(id, publisher);
        publisher.dueMs = nowMs + defaultPauseMs;
        void this.#ask(connection, id, publisher);
        break;
      }
    }
    this.#schedule(Math.min(maxPauseMs, Math.max(minPauseMs, defaultPauseMs / this.#publishers.size)));
  }

  async #ask(connection: NatsConnection, id: string, publisher: Publisher): Promise<void> {
    const sentUs = readMonotonicUs();
    try {
      const { data } = await connection.request(clockOf(id), undefined, { timeout: answerTimeoutMs });
      const received = readClocks();
      const answer = readAnswer(data, sentUs);
      if (answer === undefined) return;
      if (isOtherClock(publisher.clocks, answer, received.monotonicUs)) publisher.clocks = new RemoteClock();
      publisher.clocks.take(answer, received);
      if (++publisher.answers < quickAnswers) publisher.dueMs = performance.now();
    } catch {
      // It is gone, does not answer or never has: nothing is known of its clock then.
    }
  }
}

function readAnswer(data: Uint8Array, sentUs: number): Pong | undefined {
  if (data.length > maxAnswerBytes) return undefined;
  try {
    const { receivedUs, sentUs: remoteSentUs, wallUs } = JSON.parse(new TextDecoder().decode(data));
    if (![receivedUs, remoteSentUs, wallUs].every(Number.isSafeInteger)) return undefined;
    return { type: 'pong', sentUs, remoteReceivedUs: receivedUs, remoteSentUs, remoteWallUs: wallUs };
  } catch {
    return undefined;
  }
}

/** A publisher that was started again under the same name counts from another moment. */
function isOtherClock(clocks: RemoteClock, { sentUs, remoteReceivedUs }: Pong, nowUs: number): boolean {
  const estimate = clocks.estimate(nowUs);
  if (estimate === undefined) return false;
  const offBy = Math.abs(remoteReceivedUs - sentUs - estimate.offsetUs);
  return offBy > otherClockUs + estimate.errorUs + (nowUs - sentUs);
}
