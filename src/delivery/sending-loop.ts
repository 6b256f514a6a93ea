import type { Delivery } from '../protocol/frame.ts';
import { onAbort } from '../system/abort.ts';
import type { Notify } from '../system/notify.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';
import type { ConnectionEnd } from './connection-end.ts';
import type { Connections } from './connections.ts';
import type { Outbox } from './outbox.ts';
import type { Uplink } from './uplink.ts';
import type { UplinkEvents } from './uplink-events.ts';

export interface SendingLoopOptions {
  readonly delivery: Delivery;
  /** Longest wait for a receiver that acknowledges nothing to read to the end, in milliseconds. */
  readonly sendTimeoutMs: number;
}

export interface SendingLoopParts {
  readonly connections: Connections;
  readonly outbox: Outbox;
  readonly events: UplinkEvents;
  readonly breaker: CircuitBreaker;
  readonly end: ConnectionEnd;
  /** Notified when anything changes. */
  readonly changes: Notify;
  /** The same, but for acknowledgements. */
  readonly interrupts: Notify;
}

/**
 * So long a queue has to say that it has ended before a connection is made that nothing may wait
 * for.
 */
const endMs = 10;

/** Moves the frames of an outbox out over one connection after another. */
export class SendingLoop {
  readonly #parts: SendingLoopParts;
  readonly #options: SendingLoopOptions;
  /** Whether all that there was to send had gone out when the loop looked last. */
  #isAllSent = false;

  constructor(parts: SendingLoopParts, options: SendingLoopOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  /** Sends until all frames have arrived, or none is left that can. */
  async run(signal: AbortSignal): Promise<void> {
    // Once, and not for each frame, where it would be a large part of the work.
    const stopWatching = onAbort(signal, () => {
      this.#parts.interrupts.notify();
      this.#parts.changes.notify();
    });
    await this.#run(signal).finally(stopWatching);
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { connections, breaker, outbox } = this.#parts;
    while (!signal.aborted) {
      const { uplink } = connections;
      if (uplink?.failure !== undefined) {
        await connections.recover(uplink, uplink.failure, this.#isAllSent, signal);
      } else if (breaker.isOpen) {
        await breaker.rest(signal);
      } else {
        const isReady = outbox.hasFrame || (await this.#awaitFrame());
        const sending = isReady === true ? this.#sendNext(signal) : this.#idle(isReady, signal);
        if (sending !== undefined && (await sending) === 'over') return;
      }
    }
  }

  /**
   * Resolves true when there is a frame to send, false when there is none for now or for ever,
   * undefined when anything else has changed.
   */
  #awaitFrame(): Promise<boolean | undefined> {
    const { connections, interrupts, outbox } = this.#parts;
    const patience = connections.isMissed ? AbortSignal.timeout(endMs) : undefined;
    // An acknowledgement brings no frame.
    return interrupts.wait(patience, outbox.ready());
  }

  /**
   * Nothing is there to send. `over` once all has arrived or can arrive no more.
   * @param isReady as `#awaitFrame` says it
   */
  async #idle(isReady: false | undefined, signal: AbortSignal): Promise<'over' | undefined> {
    if (isReady === false) {
      this.#isAllSent = true;
      return (await this.#settle(signal)) ? 'over' : undefined;
    }
    const { connections, events } = this.#parts;
    if (connections.isMissed && !signal.aborted) await connections.connect(events, signal);
    return undefined;
  }

  /** Sends the next frame, if there is a connection with room for it. Undefined: it is done. */
  #sendNext(signal: AbortSignal): Promise<unknown> | undefined {
    const { connections, events, changes, outbox, breaker } = this.#parts;
    this.#isAllSent = false;
    const { uplink } = connections;
    if (uplink === undefined) return connections.connect(events, signal);
    if (!this.#canSend(uplink)) return changes.wait();
    const frame = outbox.next();
    breaker.countSent(frame.sequence);
    const failed = (error: unknown) => {
      // A break, of which `failure` says why; anything else is a fault of this program.
      if (uplink.failure === undefined) throw error;
    };
    try {
      const sending = uplink.send(frame, signal);
      if (sending !== undefined) return sending.then(() => this.#countSent(uplink), failed);
    } catch (error) {
      failed(error);
      return undefined;
    }
    this.#countSent(uplink);
    return undefined;
  }

  #canSend(uplink: Uplink): boolean {
    const { outbox, breaker } = this.#parts;
    const { acknowledging } = uplink;
    const isKept = acknowledging === 'certain' || acknowledging === 'expected';
    if (isKept && !outbox.hasRoom) return false;
    if (breaker.isHalfOpen && outbox.inFlight > 0) return false;
    return uplink.canTakeMore;
  }

  /** A frame went out. */
  #countSent({ acknowledging }: Uplink): void {
    const { connections, outbox } = this.#parts;
    connections.firstSentMs ??= performance.now();
    if (acknowledging === 'certain') connections.watch.begin();
    else if (acknowledging === 'none') outbox.release();
    else if (acknowledging === 'doubtful' && this.#options.delivery === 'latest') outbox.trim();
  }

  /**
   * All is sent: true once all has arrived or can arrive no more, false when there is something to
   * do again.
   */
  async #settle(signal: AbortSignal): Promise<boolean> {
    const { connections, outbox, changes, end } = this.#parts;
    const { uplink } = connections;
    if (uplink === undefined || outbox.isSettled) return true;
    if (uplink.acknowledging === 'certain') {
      if (outbox.pending === 0) return true;
      await changes.wait();
      return false;
    }
    if (!(await end.settle(uplink, this.#options.sendTimeoutMs, signal))) return false;
    connections.drop();
    if (outbox.pending === 0 || signal.aborted) return true;
    if (end.loss !== undefined) await connections.recover(uplink, end.loss, true, signal);
    return false;
  }
}
