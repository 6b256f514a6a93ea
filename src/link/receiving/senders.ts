import type { CodedError } from '../../protocol/errors.ts';
import { type FrameHandler, Intake } from './intake.ts';
import type { Naming } from './name-limit.ts';
import type { Sender } from './received-frame.ts';
import type { Places } from './shared-places.ts';

export interface SendersHandler extends FrameHandler {
  /** It is gone; `error` unless it ended between two frames. */
  leave(sender: Sender, error: CodedError | undefined): void;
}

export interface SendersOptions {
  /** How long one may be silent while others of its connection send, in milliseconds. */
  readonly idleTimeoutMs: number;
  readonly sharedPlaces: Places;
  readonly naming: Naming;
}

/** Names whose last numbers are known when they have left. */
const mostNumbers = 1000;

interface Aside {
  readonly intake: Intake;
  readonly timer: NodeJS.Timeout;
}

/** The senders of one connection: mostly one, but an HTTP client may post under many names, each of which is a sender. */
export class Senders {
  readonly #address: string;
  readonly #options: SendersOptions;
  readonly #handler: SendersHandler;
  /** Those that may go on, by name; the one that was put aside first is the first. */
  readonly #asides = new Map<string | undefined, Aside>();
  /** Of those that have left, by name: who counts what comes of a connection is not to be misled when they come again. */
  readonly #numbers = new Map<string | undefined, number>();
  #current: Intake;
  #isNamed = false;

  constructor(address: string, options: SendersOptions, handler: SendersHandler) {
    this.#address = address;
    this.#options = options;
    this.#handler = handler;
    this.#current = this.#begin();
  }

  /** Of whoever sends now. */
  get current(): Intake {
    return this.#current;
  }

  /** What comes from now on is of that one. */
  turnTo(name: string | undefined): void {
    if (this.#isNamed && name === this.#current.sender.name) return;
    if (this.#isNamed) {
      // It leaves its place to the one before.
      const next = this.#fetch(name) ?? this.#begin(this.#numbers.get(name));
      this.#putAside(this.#current);
      this.#current = next;
    }
    this.#isNamed = true;
    this.#current.sender.name = name;
  }

  /** What comes from now on is of nobody that is known. */
  turnAway(): void {
    if (!this.#isNamed) return;
    const next = this.#begin();
    this.#putAside(this.#current);
    this.#current = next;
    this.#isNamed = false;
  }

  /** The connection is over; `error`, where there is one, is that of whoever sent last. */
  leave(error: CodedError | undefined): void {
    this.#handler.leave(this.#current.sender, error);
    for (const { intake } of [...this.#asides.values()]) this.#dismiss(intake);
  }

  #begin(lastNumber?: number): Intake {
    return new Intake(this.#address, this.#handler, { lastNumber, naming: this.#options.naming });
  }

  /** In the place of those that were silent longest, where there is none. */
  #putAside(intake: Intake): void {
    const { idleTimeoutMs, sharedPlaces } = this.#options;
    const { name } = intake.sender;
    while (!sharedPlaces.take(name)) {
      const [oldest] = this.#asides.values();
      this.#dismiss(oldest?.intake ?? intake);
      if (oldest === undefined) return;
    }
    this.#asides.set(name, { intake, timer: setTimeout(() => this.#dismiss(intake), idleTimeoutMs).unref() });
  }

  /** Undefined where it was not put aside. */
  #fetch(name: string | undefined): Intake | undefined {
    const aside = this.#asides.get(name);
    if (aside === undefined) return undefined;
    clearTimeout(aside.timer);
    this.#asides.delete(name);
    this.#options.sharedPlaces.giveBack(name);
    return aside.intake;
  }

  #dismiss(intake: Intake): void {
    const { name } = intake.sender;
    this.#fetch(name);
    this.#numbers.set(name, intake.lastNumber);
    const [first] = this.#numbers.keys();
    if (this.#numbers.size > mostNumbers) this.#numbers.delete(first);
    intake.close();
    this.#handler.leave(intake.sender, undefined);
  }
}
