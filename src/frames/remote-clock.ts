import { type ClockEstimate, ClockOffset } from '../protocol/clock/clock-offset.ts';
import type { Pong } from '../protocol/wire2/message.ts';
import type { ClockReading } from '../system/clock.ts';

/** Wall clocks that differ by more are worth a word; latency is right all the same. */
const worthAWordUs = 1_000_000;
/** A wall clock that moves by more against its monotonic clock was set. */
const stepUs = 500_000;

/** The clocks of another machine, as far as its answers to pings tell. */
export class RemoteClock {
  readonly #offset = new ClockOffset();
  /** Wall clock less monotonic clock, of the sender and of this machine, at the last pong. */
  #epochs: { readonly remoteUs: number; readonly localUs: number } | undefined;
  /** A difference is reported once. A message about a step reports it too. */
  #hasTold = false;

  /** Sender's wall clock less this machine's, in microseconds; undefined before the first pong. */
  wallOffsetUs: number | undefined;

  /** Reads the pong of a ping. Returns a new problem of the clocks, for a person; undefined if there is none. */
  take(pong: Pong, received: ClockReading): string | undefined {
    const { sentUs, remoteReceivedUs, remoteSentUs, remoteWallUs } = pong;
    this.#offset.add({ sentUs, remoteReceivedUs, remoteSentUs, receivedUs: received.monotonicUs });
    const estimate = this.#offset.estimate(received.monotonicUs);
    if (estimate === undefined) return undefined;
    const before = this.#epochs;
    const now = { remoteUs: remoteWallUs - remoteSentUs, localUs: received.wallUs - received.monotonicUs };
    this.#epochs = now;
    this.wallOffsetUs = now.remoteUs + estimate.offsetUs - now.localUs;
    if (before !== undefined) {
      const [remoteUs, localUs] = [now.remoteUs - before.remoteUs, now.localUs - before.localUs];
      if (isStep(remoteUs)) return this.#tell(describeStep('its clock', remoteUs));
      if (isStep(localUs)) return this.#tell(describeStep("this machine's clock", localUs));
    }
    if (this.#hasTold || Math.abs(this.wallOffsetUs) - estimate.errorUs < worthAWordUs) return undefined;
    const seconds = formatSeconds(Math.abs(this.wallOffsetUs));
    const direction = this.wallOffsetUs > 0 ? 'ahead of' : 'behind';
    return this.#tell(
      `its clock is ${seconds} ${direction} this machine's; latency is right all the same, times are not. \`sudo timedatectl set-ntp true\` sets the clock that is wrong`,
    );
  }

  /** The sender's monotonic clock less ours; undefined before the first pong. */
  estimate(monotonicUs: number): ClockEstimate | undefined {
    return this.#offset.estimate(monotonicUs);
  }

  #tell(news: string): string {
    this.#hasTold = true;
    return news;
  }
}

function isStep(us: number): boolean {
  return Math.abs(us) >= stepUs;
}

function describeStep(whose: string, us: number): string {
  return `${whose} was set ${us > 0 ? 'forward' : 'back'} by ${formatSeconds(Math.abs(us))}; latency is right all the same`;
}

function formatSeconds(us: number): string {
  return `${(us / 1e6).toFixed(1)} s`;
}
