import type { Msg } from '@nats-io/transport-node';
import { SilenceTimer } from '../../system/silence-timer.ts';
import { type ConsumerRef, PullRequests } from './pull-requests.ts';

const expiresMs = 10_000;
/** A server answers each request at its end. */
const silenceMs = expiresMs + 5000;
/** Bytes that may be in flight, so that a slow link or a slow reader does not fill the server's memory and gets no old pictures. */
const maxBytes = 16 * 2 ** 20;
const minRoom = 2;

/** A steady flow of messages from a consumer, with as many in flight as there is room for. */
export class Flow {
  readonly #room: () => number;
  readonly #pulls: PullRequests;
  readonly #silence: SilenceTimer;
  /** Asked for, and not come yet. */
  #inFlight = 0;
  /** The size of messages: large messages count at once, small ones slowly. */
  #usualBytes = 0;
  #finish: () => void = () => undefined;
  #isClosed = false;
  /** Why it ended, where the server said it. */
  reason: string | undefined;
  /** Resolves when it is closed, or the consumer is gone. */
  readonly ended = new Promise<void>((resolve) => {
    this.#finish = resolve;
  });

  /** @param room how many messages may be in flight */
  constructor(place: ConsumerRef, room: () => number, onMessage: (message: Msg) => void) {
    this.#room = room;
    this.#pulls = new PullRequests(place, {
      take: (message) => {
        this.#inFlight--;
        this.#silence.heard();
        const bytes = message.data.length;
        this.#usualBytes = Math.max(bytes, this.#usualBytes + (bytes - this.#usualBytes) / 64);
        onMessage(message);
        this.refresh();
      },
      end: (_, missing) => {
        this.#inFlight -= missing ?? this.#inFlight;
        this.#silence.heard();
        this.refresh();
      },
      lose: (reason) => {
        this.reason = reason;
        this.close();
      },
    });
    this.#silence = new SilenceTimer(silenceMs, () => this.#expire());
    this.refresh();
  }

  /** Asks for more, where there is room for twice as many as are in flight. */
  refresh(): void {
    if (this.#isClosed) return;
    const max = Math.max(minRoom, Math.floor(maxBytes / Math.max(1, this.#usualBytes)));
    const room = Math.min(this.#room(), max);
    // Nothing may be missed by counting wrongly.
    this.#inFlight = Math.max(0, this.#inFlight);
    if (room <= 0 || this.#inFlight > room / 2) return;
    const batch = room - this.#inFlight;
    this.#inFlight = room;
    this.#pulls.pull({ batch, expiresMs });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#silence.stop();
    this.#pulls.close();
    this.#finish();
  }

  #expire(): void {
    if (this.#inFlight > 0) this.close();
    else this.#silence.heard();
  }
}
