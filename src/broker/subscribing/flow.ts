import type { Msg } from '@nats-io/transport-node';
import { SilenceTimer } from '../../system/silence-timer.ts';
import { type ConsumerPlace, Pulls } from './pulls.ts';

const expiresMs = 10_000;
/** A server answers each request at its end. */
const silenceMs = expiresMs + 5000;
/** Messages that may be under way, so that a slow link or a slow reader does not fill the server's memory and gets no old pictures. */
const mostBytes = 16 * 2 ** 20;
const leastRoom = 2;

/** A steady flow of messages from a consumer, with so many under way as there is room for. */
export class Flow {
  readonly #room: () => number;
  readonly #pulls: Pulls;
  readonly #silence: SilenceTimer;
  /** Asked for, and not come yet. */
  #underWay = 0;
  /** The size of messages: large ones count at once, small ones slowly. */
  #usualBytes = 0;
  #finish: () => void = () => undefined;
  #isClosed = false;
  /** Why it ended, where the server said it. */
  reason: string | undefined;
  /** Resolves when it is closed, or the consumer is gone. */
  readonly ended = new Promise<void>((resolve) => {
    this.#finish = resolve;
  });

  /** @param room how many messages may be under way */
  constructor(place: ConsumerPlace, room: () => number, onMessage: (message: Msg) => void) {
    this.#room = room;
    this.#pulls = new Pulls(place, {
      take: (message) => {
        this.#underWay--;
        this.#silence.heard();
        const bytes = message.data.length;
        this.#usualBytes = Math.max(bytes, this.#usualBytes + (bytes - this.#usualBytes) / 64);
        onMessage(message);
        this.refresh();
      },
      end: (_, missing) => {
        this.#underWay -= missing ?? this.#underWay;
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

  /** Asks for more, where there is room for twice as many as are under way. */
  refresh(): void {
    if (this.#isClosed) return;
    const most = Math.max(leastRoom, Math.floor(mostBytes / Math.max(1, this.#usualBytes)));
    const room = Math.min(this.#room(), most);
    // Nothing may be missed by counting wrongly.
    this.#underWay = Math.max(0, this.#underWay);
    if (room <= 0 || this.#underWay > room / 2) return;
    const batch = room - this.#underWay;
    this.#underWay = room;
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
    if (this.#underWay > 0) this.close();
    else this.#silence.heard();
  }
}
