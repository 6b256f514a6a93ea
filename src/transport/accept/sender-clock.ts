import type { Latency } from '../../frames/received-frame.ts';
import { RemoteClock } from '../../frames/remote-clock.ts';
import type { Pong } from '../../protocol/wire2/message.ts';
import { encodeMessage } from '../../protocol/wire2/message-encoder.ts';
import { type ClockReading, readClocks, readMonotonicUs } from '../../system/clock.ts';
import { Pinger } from './pinger.ts';

/** Pings a sender again and again, and estimates from its pongs how late its frames are. */
export class SenderClock {
  readonly #write: (bytes: Uint8Array) => void;
  readonly #remote = new RemoteClock();
  #pinger: Pinger | undefined;
  /** Of the newest ping, until its pong comes. */
  #pingSentUs: number | undefined;

  /** @param write sends a ping */
  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write;
  }

  /** Sender's wall clock less this machine's, in microseconds; undefined before the first pong. */
  get wallOffsetUs(): number | undefined {
    return this.#remote.wallOffsetUs;
  }

  /** @param keepAliveMs the shorter of both ends' */
  start(keepAliveMs: number): void {
    this.#pinger = new Pinger(keepAliveMs, () => {
      this.#pingSentUs = readMonotonicUs();
      this.#write(encodeMessage({ type: 'ping', sentUs: this.#pingSentUs }));
    });
    this.#pinger.start();
  }

  stop(): void {
    this.#pinger?.stop();
  }

  /** Returns what is wrong with the clocks, for a person, where it was not told before. */
  take(pong: Pong): string | undefined {
    // One pong for each ping: a sender that makes up others causes no work.
    if (pong.sentUs !== this.#pingSentUs) return undefined;
    this.#pingSentUs = undefined;
    return this.#remote.take(pong, readClocks());
  }

  /** How late a frame came; undefined before the first pong. */
  measure(capturedMonotonicUs: number, { monotonicUs }: ClockReading): Latency | undefined {
    const estimate = this.#remote.estimate(monotonicUs);
    if (estimate === undefined) return undefined;
    return { us: monotonicUs - (capturedMonotonicUs - estimate.offsetUs), errorUs: estimate.errorUs };
  }
}
