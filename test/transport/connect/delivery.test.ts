import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import fc from 'fast-check';
import { Outbox } from '../../../src/delivery/outbox.ts';
import { ProtocolError } from '../../../src/protocol/errors.ts';
import type { NumberedFrame } from '../../../src/protocol/frame.ts';
import type { Incoming } from '../../../src/protocol/stream-decoder.ts';
import type { Wait } from '../../../src/system/maybe-promise.ts';
import { hello, settle, stream, TrialFrameQueue, TrialReceiver, tcpTraits } from '../../support/frames.ts';

const rejection = new ProtocolError('NOT_JPEG', 'it is none');

/** Whether the receiver cannot take the picture of that frame. */
function isBad(sequence: number): boolean {
  return sequence % 7 === 3;
}

/** One connection between an outbox and a receiver, with bytes in flight on its wire. */
class Connection {
  readonly #conversation: ReturnType<TrialReceiver['open']>;
  readonly #incoming: Incoming[] = [];
  #answersRead = 0;
  #isGreeted = false;
  #taking: Promise<void> | undefined;
  #isGone = false;

  constructor(receiver: TrialReceiver, isMarked: boolean) {
    this.#conversation = receiver.open();
    if (!isMarked) this.greet();
  }

  /** The sender's HELO, which follows the receiver's WELC where it began with marks. */
  greet(): void {
    if (!this.#isGreeted) this.#incoming.push(hello);
    this.#isGreeted = true;
  }

  send(frame: NumberedFrame): void {
    const mark = { stream, sequence: frame.sequence };
    const { sequence } = frame;
    if (isBad(sequence)) {
      this.#incoming.push({ type: 'bad frame', sequence, ...(this.#isGreeted ? {} : { stream }), error: rejection });
    } else
      this.#incoming.push(this.#isGreeted ? { type: 'FRAM', frame } : { type: 'classic', frame: { ...frame, mark } });
  }

  /** The receiver takes what has arrived, as far as it is ready to. */
  receive(): void {
    while (!this.#isGone && this.#taking === undefined) {
      const next = this.#incoming.shift();
      if (next === undefined) return;
      this.#wait(this.#conversation.protocol.handle(next));
    }
  }

  /** The sender reads what has come back. */
  acknowledge(outbox: Outbox): void {
    const { written } = this.#conversation;
    for (; this.#answersRead < written.length; this.#answersRead++) {
      const answer = written[this.#answersRead];
      if (answer?.type === 'WELC' || answer?.type === 'ACKN') outbox.acknowledgeUpTo(answer.sequence);
      if (answer?.type === 'WELC') this.greet();
      if (answer?.type === 'skip') outbox.reject(answer.sequence);
    }
  }

  /** Bytes in flight are lost; the receiver may notice it, or only when the next connection comes. */
  break(isHeard: boolean): void {
    this.#isGone = true;
    const { protocol, ends } = this.#conversation;
    if (!isHeard || ends.length > 0) return;
    if (this.#taking === undefined) protocol.end();
    else void this.#taking.then(() => protocol.end());
  }

  #wait(taking: Wait): void {
    if (taking instanceof Promise)
      this.#taking = taking.then(() => {
        this.#taking = undefined;
        this.receive();
      });
  }
}

let receiver = new TrialReceiver();
beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
afterEach(() => mock.timers.reset());

const steps = [
  'send',
  'send',
  'send',
  'receive',
  'receive',
  'acknowledge',
  'write',
  'write',
  'break',
  'vanish',
] as const;

/** Plays the steps, then lets all arrive. Fails where a frame was lost, came twice or out of turn. */
async function play(played: readonly string[], isMarked: boolean, isSlow: boolean): Promise<void> {
  receiver = new TrialReceiver();
  receiver.answer = isSlow ? undefined : true;
  const frames = 30;
  const queue = new TrialFrameQueue('every');
  queue.capture(frames);
  const outbox = new Outbox(queue, { ...tcpTraits, delivery: 'every', count: 0, maxInFlight: 1, bufferBytes: 10 });
  let connection = new Connection(receiver, isMarked);
  const connect = (isHeard: boolean) => {
    connection.break(isHeard);
    outbox.rewind();
    connection = new Connection(receiver, isMarked);
  };
  const run: Record<string, () => unknown> = {
    send: async () => {
      if (outbox.hasRoom && (await outbox.ready())) connection.send(outbox.next());
    },
    receive: () => connection.receive(),
    acknowledge: () => connection.acknowledge(outbox),
    write: () => receiver.finish(),
    break: () => connect(true),
    vanish: () => connect(false),
  };
  for (const step of played) {
    await run[step]?.();
    await settle();
  }
  for (let i = 0; outbox.figures.delivered + outbox.figures.rejected < frames && i < 500; i++) {
    for (const step of ['send', 'receive', 'write', 'acknowledge']) await run[step]?.();
  }
  for (const protocol of receiver.protocols) protocol.end();
  const all = Array.from({ length: frames }, (_, i) => i + 1);
  const good = all.filter((sequence) => !isBad(sequence));
  assert.deepEqual(receiver.taken, good);
  assert.deepEqual(
    [outbox.figures.delivered, outbox.figures.rejected, outbox.pending],
    [good.length, frames - good.length, 0],
  );
}

const settings = fc.tuple(fc.boolean(), fc.boolean());

test('every frame is handed over once and in order, bad ones aside, wherever connections break', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...steps), { maxLength: 80 }), settings, (played, [isMarked, isSlow]) =>
      play(played, isMarked, isSlow),
    ),
    { numRuns: 300 },
  );
});
