import type { Delivery } from '../protocol/frame.ts';
import type { Peer, TcpUplink } from '../transport/connect/tcp-uplink.ts';
import type { Outbox } from './outbox.ts';

/**
 * What may be under way before a receiver that may be ours has answered: it keeps that until it hears the sender's name. With `every` as much
 * as a source at its own pace makes while a classic receiver is waited for, and as older receivers keep.
 */
const maxUnanswered = { latest: 2, every: 16 } as const;
const maxUnansweredBytes = 2 ** 18;

/** Which wire the next connection begins with, and how much may go out unanswered, from what the receiver has shown so far. */
export class WireChoice {
  readonly #isAuto: boolean;
  readonly #delivery: Delivery;
  /** The receiver takes no frames on the classic wire, with which `auto` begins: the next connection is on wire 2. */
  #isChanging = false;
  /** The last connection went without a word. A write that fails throws away what the other end has said: the next one waits for it. */
  #isCareful = false;
  wire: 'auto' | 'classic' | '2';
  peer: Peer = 'unknown';

  constructor(wire: 'auto' | 'classic' | '2', delivery: Delivery) {
    this.wire = wire;
    this.#isAuto = wire === 'auto';
    this.#delivery = delivery;
  }

  /** The receiver gave that code when it refused the connection. */
  refuse(code: string): void {
    this.#isChanging = code === 'NOT_ACCEPTED' && this.wire === 'auto';
    if (this.#isChanging) this.wire = '2';
  }

  /** A frame went out. @param isFull more is under way than kernels hold */
  countSent(uplink: TcpUplink, isFull: boolean): void {
    if (this.expectsAcknowledgement(uplink)) return;
    // Silence alone proves nothing: a receiver may be frozen. Only a program that reads takes more than the buffers hold.
    const isProven = uplink.isUnacknowledged && (this.#delivery === 'latest' || isFull);
    if (this.wire === 'classic' || isProven) this.peer = 'classic';
  }

  /** Whether what is sent is going to be acknowledged, or may be, so that no more goes out than there is room for. */
  expectsAcknowledgement(uplink: TcpUplink): boolean {
    if (uplink.wire === '2' || this.peer !== 'unknown') return uplink.wire === '2' || this.peer === 'wire 2';
    if (this.wire === 'classic') return false;
    return this.#delivery === 'every' ? !uplink.isUnacknowledged : !uplink.isLate;
  }

  /** Whether as much is under way as may be before the first answer. */
  mustAwaitAcknowledgement(
    uplink: TcpUplink,
    { inFlight, heldBytes }: Pick<Outbox, 'inFlight' | 'heldBytes'>,
  ): boolean {
    const max = this.#isCareful ? 1 : maxUnanswered[this.#delivery];
    const isFull = inFlight >= max || (inFlight > 1 && heldBytes >= maxUnansweredBytes);
    if (uplink.wire !== 'marked' || !isFull) return false;
    return this.peer === 'wire 2' || (this.peer === 'unknown' && !uplink.isLate);
  }

  /** That connection is gone. Whether it was only to change the wire, so that the next may come at once. */
  leave(uplink: TcpUplink): boolean {
    // With `every` a receiver that has acknowledged once is never taken for a classic one: it may be frozen, and comes back.
    if (uplink.isUnacknowledged && this.#delivery === 'latest') this.peer = 'unknown';
    this.#isCareful = !uplink.hasHeard;
    const isChanging = this.#isChanging;
    this.#isChanging = false;
    if (this.#isAuto && !isChanging && !uplink.isAcknowledged) {
      // Another receiver may be there by now, which takes classic frames alone.
      this.wire = 'auto';
      if (uplink.wire === '2') this.peer = 'unknown';
    }
    return isChanging;
  }
}
