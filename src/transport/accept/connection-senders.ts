import { FrameReceiver } from '../../delivery/frame-receiver.ts';
import type { Naming } from '../../delivery/new-name-limiter.ts';
import type { CodedError } from '../../errors.ts';
import type { ConnectionHandler } from '../../frames/connection-handler.ts';
import type { JoinedCameras } from '../../frames/joined/joined-cameras.ts';
import type { ConnectionStats } from '../../frames/received-frame.ts';
import type { SenderSlots } from './sender-limiter.ts';

type SendersHandler = Omit<ConnectionHandler, 'rejected'>;

export interface ConnectionSendersOptions {
  /** How long a sender may be silent while others of its connection send, in milliseconds. */
  readonly idleTimeoutMs: number;
  readonly senderLimiter: SenderSlots;
  readonly naming: Naming;
  /** Cameras whose names are theirs alone; undefined: none can join. */
  readonly joined?: JoinedCameras | undefined;
}

/** Names of senders that have left, of which the last sequence number is kept. */
const maxNumbers = 1000;

interface Aside {
  readonly receiver: FrameReceiver;
  readonly timer: NodeJS.Timeout;
}

/** The senders of one connection: mostly one, but an HTTP client may post under many names, each of which is a sender. */
export class ConnectionSenders {
  readonly #address: string;
  readonly #options: ConnectionSendersOptions;
  readonly #handler: SendersHandler;
  /** Senders that others interrupted and that may go on, by name; the one that was put aside first is the first. */
  readonly #asides = new Map<string | undefined, Aside>();
  /** The last sequence numbers of senders that have left, by name: when one comes again, its frames go on being counted from there. */
  readonly #numbers = new Map<string | undefined, number>();
  #current: FrameReceiver;
  #isNamed = false;

  constructor(address: string, options: ConnectionSendersOptions, handler: SendersHandler) {
    this.#address = address;
    this.#options = options;
    this.#handler = handler;
    this.#current = this.#begin();
  }

  /** That of the sender that sends now. */
  get current(): FrameReceiver {
    return this.#current;
  }

  /** The next frames are of the sender of that name. */
  switchTo(name: string | undefined): void {
    if (this.#isNamed && name === this.#current.connection.name) return;
    if (this.#isNamed) {
      // A sender that is fetched leaves its slot to the one before.
      const next = this.#fetch(name) ?? this.#begin(this.#numbers.get(name));
      this.#putAside(this.#current);
      this.#current = next;
    }
    this.#isNamed = true;
    this.#current.connection.name = name;
  }

  /** The sender of the next bytes is not known. */
  switchToUnknown(): void {
    if (!this.#isNamed) return;
    const next = this.#begin();
    this.#putAside(this.#current);
    this.#current = next;
    this.#isNamed = false;
  }

  /** Senders that were put aside leave if they are meant: they may come again, and are checked anew. */
  dismiss(isMeant: (connection: ConnectionStats) => boolean): void {
    for (const { receiver } of [...this.#asides.values()]) if (isMeant(receiver.connection)) this.#dismiss(receiver);
  }

  /** The connection is over; `error`, where there is one, is that of the sender that sent last. */
  leave(error: CodedError | undefined): void {
    this.#handler.disconnected(this.#current.connection, error);
    for (const { receiver } of [...this.#asides.values()]) this.#dismiss(receiver);
  }

  #begin(lastNumber?: number): FrameReceiver {
    const { naming, joined } = this.#options;
    return new FrameReceiver(this.#address, this.#handler, { lastSequence: lastNumber, naming, joined });
  }

  /** Where no slot is free, the sender that was silent longest leaves. */
  #putAside(receiver: FrameReceiver): void {
    const { idleTimeoutMs, senderLimiter } = this.#options;
    const { name } = receiver.connection;
    while (!senderLimiter.acquire(name)) {
      const [oldest] = this.#asides.values();
      this.#dismiss(oldest?.receiver ?? receiver);
      if (oldest === undefined) return;
    }
    this.#asides.set(name, { receiver, timer: setTimeout(() => this.#dismiss(receiver), idleTimeoutMs).unref() });
  }

  /** Undefined where no sender of that name was put aside. */
  #fetch(name: string | undefined): FrameReceiver | undefined {
    const aside = this.#asides.get(name);
    if (aside === undefined) return undefined;
    clearTimeout(aside.timer);
    this.#asides.delete(name);
    this.#options.senderLimiter.release(name);
    return aside.receiver;
  }

  #dismiss(receiver: FrameReceiver): void {
    const { name } = receiver.connection;
    this.#fetch(name);
    this.#numbers.set(name, receiver.lastNumber);
    const [first] = this.#numbers.keys();
    if (this.#numbers.size > maxNumbers) this.#numbers.delete(first);
    receiver.close();
    this.#handler.disconnected(receiver.connection, undefined);
  }
}
