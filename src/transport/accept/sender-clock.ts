import type { FrameReceiver } from '../../delivery/frame-receiver.ts';
import type { Latency } from '../../frames/received-frame.ts';
import { RemoteClock } from '../../frames/remote-clock.ts';
import type { Pong } from '../../protocol/wire2/message.ts';
import { encodeMessage } from '../../protocol/wire2/message-encoder.ts';
import { type ClockReading, readClocks, readMonotonicUs } from '../../system/clock.ts';
import { Pinger } from './pinger.ts';

/** Pings a sender again and again, and estimates from its pongs how late its frames are. */
export class SenderClock {
  readonly #receiver: FrameReceiver;
  readonly #write: (bytes: Uint8Array) => void;
  readonly #remote = new RemoteClock();
  #pinger: Pinger | undefined;
  /** Of the newest ping, until its pong comes. */
  #pingSentUs: number | undefined;

  /** @param receiver learns how the clocks differ. @param write sends a ping */
  constructor(receiver: FrameReceiver, write: (bytes: Uint8Array) => void) {
    this.#receiver = receiver;
    this.#write = write;
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

  take(pong: Pong): void {
    // One pong for each ping: a sender that makes up others causes no work.
    if (pong.sentUs !== this.#pingSentUs) return;
    this.#pingSentUs = undefined;
    const problem = this.#remote.take(pong, readClocks());
    this.#receiver.connection.wallOffsetUs = this.#remote.wallOffsetUs;
    if (problem !== undefined) this.#receiver.notice(problem);
  }

  /** How late a frame came; undefined before the first pong. */
  measure(capturedMonotonicUs: number, { monotonicUs }: ClockReading): Latency | undefined {
    const estimate = this.#remote.estimate(monotonicUs);
    if (estimate === undefined) return undefined;
    return { us: monotonicUs - (capturedMonotonicUs - estimate.offsetUs), errorUs: estimate.errorUs };
  }
}
