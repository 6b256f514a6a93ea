import type { SplitPicture } from '../../protocol/jpeg-splitter.ts';
import type { SkippedStretch } from '../../protocol/jpeg-stretch.ts';
import { readWallClockUs } from '../../system/clock.ts';
import type { Steps } from './conversation.ts';
import { LatenessStatistics } from './lateness.ts';
import type { Naming } from './name-limit.ts';
import { type ReceivedFrame, type Sender, transitUs } from './received-frame.ts';

export interface FrameHandler {
  /** The first frame is here. */
  arrive(sender: Sender): void;
  /** Something about it that a person should know, in a few words. */
  notice(sender: Sender, what: string): void;
  /** A frame; a promise keeps the next one of this sender waiting. False: not taken, and neither is what follows. Must not throw. */
  take(frame: ReceivedFrame): boolean | Promise<boolean>;
}

export interface IntakeOptions {
  /** Of the frame before its first one, where pictures come alone. */
  readonly lastNumber?: number | undefined;
  /** Whether it may go by its name; undefined: it may. */
  readonly naming?: Naming | undefined;
}

/** What is not known of pictures that come alone. */
const unknownPlace = { capturedAtUs: undefined, stream: undefined, lateness: undefined };

/** Hands the frames of one sender over and counts them, however they came. */
export class Intake {
  readonly sender: Sender;
  readonly #handler: FrameHandler;
  readonly #lastNumber: number;
  readonly #naming: Naming | undefined;
  /** It is over, or a frame was not taken: none after that may be, or its answer would stand for both. */
  #isClosed = false;

  constructor(address: string, handler: FrameHandler, { lastNumber = 0, naming }: IntakeOptions = {}) {
    const lateness = new LatenessStatistics();
    const counts = { frames: 0, bytes: 0, dropped: 0, duplicates: 0, skipped: 0 };
    const unknown = { name: undefined, stream: undefined, delivery: undefined, wallOffsetUs: undefined };
    this.sender = {
      address,
      ...unknown,
      isAnswered: false,
      isEndless: false,
      awaitsReply: false,
      ...counts,
      lastSkipped: undefined,
      lateness,
    };
    this.#handler = handler;
    this.#lastNumber = lastNumber;
    this.#naming = naming;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Of its last frame, where pictures come alone. */
  get lastNumber(): number {
    return this.#lastNumber + this.sender.frames;
  }

  close(): void {
    this.#isClosed = true;
  }

  notice(what: string): void {
    this.#handler.notice(this.sender, what);
  }

  /**
   * Counts what came in the place of a picture and is left behind, and tells of it at the 1st, 2nd, 4th, 8th ... time.
   * @param what with its reason
   */
  skip(what: string, { isTold = true } = {}): void {
    // Once nothing is taken any more, what comes is no longer whole: its beginnings are not there.
    if (this.#isClosed) return;
    const { sender } = this;
    const count = ++sender.skipped;
    sender.lastSkipped = what;
    if (!isTold || (count & (count - 1)) !== 0) return;
    this.notice(`skipped ${what}${count === 1 ? '' : `; ${count} so far`}`);
  }

  /** As `skip`. Strangers that never bring a picture are told of when they leave: some bring nothing but garbage. */
  skipStretch(stretch: SkippedStretch): void {
    const { bytes, reason, code } = stretch;
    const isTold = this.sender.frames > 0 || code === 'PICTURE_TOO_LARGE';
    this.skip(`${bytes} bytes: ${reason} [${code}]`, { isTold });
  }

  /** Whether the sinks have taken it. @throws ProtocolError TOO_MANY_SENDERS with the first one, which is not taken then */
  take(frame: Omit<ReceivedFrame, 'sender'>): boolean | Promise<boolean> {
    const { sender } = this;
    // A stream whose sender has not said its name is a camera of its own.
    const name = sender.name ?? sender.stream;
    if (sender.frames === 0 && name !== undefined) this.#naming?.admit(name);
    const received: ReceivedFrame = { ...frame, sender };
    sender.frames++;
    sender.bytes += frame.jpeg.length;
    const transit = transitUs(received);
    if (transit !== undefined) sender.lateness.add(transit, frame.lateness?.us);
    if (sender.frames === 1) this.#handler.arrive(sender);
    const taken = this.#handler.take(received);
    const settle = (isTaken: boolean) => {
      if (!isTaken) {
        sender.frames--;
        sender.bytes -= frame.jpeg.length;
        this.#isClosed = true;
      }
      return isTaken;
    };
    return typeof taken === 'boolean' ? settle(taken) : taken.then(settle);
  }

  /** Pictures of which nothing else is known. */
  *takeAll(pictures: Iterable<SplitPicture | undefined>): Steps {
    for (const picture of pictures) {
      if (this.#isClosed) return;
      if (picture === undefined) {
        yield 'part';
        continue;
      }
      const { jpeg, width, height } = picture;
      const number = this.lastNumber + 1;
      yield asWait(this.take({ jpeg, width, height, number, receivedAtUs: readWallClockUs(), ...unknownPlace }));
    }
  }
}

/** What there is to wait for. */
export function asWait(taken: boolean | Promise<boolean>): void | Promise<void> {
  if (typeof taken !== 'boolean') return taken.then(() => undefined);
}
