import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { findRecoveryMs } from './arrivals.ts';
import { faultKinds } from './fault-kinds.ts';
import type { MachineLag } from './machine-lag.ts';
import { collectFacts, findBreachesOfEvery, findBreachesOfLatest, findDisorder } from './promises.ts';
import { ReceivedPictures } from './received-pictures.ts';
import { readRunDelayMs } from './run-delay.ts';
import { SavedPictures } from './saved-pictures.ts';
import type { TrialSender } from './trial-sender.ts';
import { intervalMs, openVictims, type PairOptions, type Victims } from './victims.ts';

/** A frame of *latest* is on time below this latency. */
export const onTimeMs = 3 * intervalMs;
/** For *latest* after a fault; a fault that nothing recovers from must not hold up the others. */
const recoveryTimeoutMs = 20_000;
const lookMs = 50;
/** For *every* at the end, with all that waits in its buffer. */
const finishTimeoutMs = 120_000;
/** Lines that the receiver had not written yet when it was killed. */
const linesLostByKill = 4;

/** A fault that has ended, and what came after it. */
export interface FaultRecord {
  readonly pair: number;
  readonly kind: string;
  readonly particulars: string;
  /** Milliseconds since 1970. */
  readonly startMs: number;
  readonly endMs: number;
  /** From its end to the first frame of *latest* on time; undefined: it did not come back in 20 s. */
  readonly recoveryMs: number | undefined;
  /** Frames of *latest* that were captured from its start to the recovery, and not shown. */
  readonly dropped: number;
  /** The longest time in which the machine had no time for the run, from its start to the recovery. */
  readonly lagMs: number;
  /** The time from its end to the recovery in which programs of the way of *latest* waited for a processor. */
  readonly waitedMs: number;
}

/** A receiver with a sender of *every*, one of *latest*, and one of *every* on the classic wire, in two network namespaces. */
export class Pair implements AsyncDisposable {
  readonly #pair: number;
  readonly #victims: Victims;
  readonly #lag: MachineLag;
  readonly #received: ReceivedPictures;
  readonly #saved: SavedPictures;
  readonly records: FaultRecord[] = [];

  private constructor(pair: number, victims: Victims, lag: MachineLag) {
    this.#pair = pair;
    this.#victims = victims;
    this.#lag = lag;
    this.#received = new ReceivedPictures((run) => {
      return victims.senders.find(({ name }) => run.startsWith(`${name}-`))?.options.bytes;
    });
    this.#saved = new SavedPictures(victims.saved, this.#received, (id) => {
      return victims.senders.some(({ runs }) => runs.at(-1)?.id === id);
    });
  }

  static async open(options: PairOptions, lag: MachineLag): Promise<Pair> {
    return new Pair(options.pair, await openVictims(options), lag);
  }

  /** Makes one fault after the other until the signal. @param onFault called for each when it is over */
  async run(signal: AbortSignal, onFault: (record: FaultRecord) => void): Promise<void> {
    const { dice } = this.#victims;
    const kinds = Object.keys(faultKinds);
    await this.#awaitRecovery(Date.now());
    while (!signal.aborted) {
      await sleep(dice.between(300, 1500));
      const record = await this.#breakOnce(dice.pick(kinds));
      this.records.push(record);
      onFault(record);
      await this.#saved.look();
    }
  }

  /** Ends all programs. @returns the promises that were broken */
  async finish(): Promise<string[]> {
    const { senders, receiver } = this.#victims;
    const ends = await Promise.allSettled(senders.map((sender) => sender.finish(finishTimeoutMs)));
    const found = ends.flatMap((end) => (end.status === 'rejected' ? [String(end.reason)] : []));
    const code = await receiver.stop();
    if (code !== 0) found.push(`the receiver of pair ${this.#pair} ended with ${code}`);
    await this.#saved.look();
    found.push(...this.#received.harmed.map((file) => `${file} holds no picture that was sent`));
    if (ends.some(({ status }) => status === 'rejected')) return found;
    return [...found, ...senders.flatMap((sender) => this.#check(sender))];
  }

  /** All that the programs said, and the faults, with their times. */
  get log(): readonly string[] {
    return this.#victims.log;
  }

  /** Frames of *latest*: those that its senders captured and counted as dropped, and those that were shown. */
  countLatest(): { written: number; shown: number } {
    const { receiver } = this.#victims;
    const written = this.#latest.runs.reduce((sum, { source }) => sum + source.written, 0);
    return { written, shown: receiver.arrivals(this.#latest.name).length };
  }

  /** Pictures of *every* that are in files. */
  get savedEvery(): number {
    return this.#victims.senders[0].runs.reduce((sum, { id }) => sum + this.#received.ofRun(id).count, 0);
  }

  /** The most that a latency was off, beyond the error that was told with it: milliseconds, for each frame that was off. */
  get wrongLatenciesMs(): number[] {
    const frames = this.#victims.receiver.arrivals(this.#latest.name);
    return frames.map(({ wrongMs }) => wrongMs).filter((ms) => ms > 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#victims[Symbol.asyncDispose]();
  }

  get #latest(): TrialSender {
    return this.#victims.senders[1];
  }

  async #breakOnce(kind: string): Promise<FaultRecord> {
    const startMs = Date.now();
    const shownBefore = this.#lastSequence();
    const particulars = await faultKinds[kind]?.(this.#victims);
    const endMs = Date.now();
    this.#victims.log.push(`${new Date(endMs).toISOString()} pair ${this.#pair}: the end of ${kind}, ${particulars}`);
    const waitedBeforeMs = await this.#readWaitedMs();
    const recoveryMs = await this.#awaitRecovery(endMs);
    const figures = {
      recoveryMs,
      waitedMs: Math.max(0, (await this.#readWaitedMs()) - waitedBeforeMs),
      dropped: this.#countMissing(startMs, shownBefore),
      lagMs: this.#lag.maxSince(startMs),
    };
    return { pair: this.#pair, kind, particulars: particulars ?? '', startMs, endMs, ...figures };
  }

  #readWaitedMs(): Promise<number> {
    const pids = [this.#victims.receiver.pid, this.#latest.pid, process.pid];
    return readRunDelayMs(pids.filter((pid) => pid !== undefined));
  }

  #lastSequence(): string {
    const last = this.#victims.receiver.arrivals(this.#latest.name).at(-1);
    return last === undefined ? '' : `${last.stream} ${last.sequence}`;
  }

  /** Gaps between the sequences of frames that came since then, and the one before them. */
  #countMissing(sinceMs: number, before: string): number {
    let [stream = '', sequence = '0'] = before.split(' ');
    let missing = 0;
    for (const arrival of this.#victims.receiver.arrivals(this.#latest.name)) {
      if (arrival.atMs < sinceMs) continue;
      const last = arrival.stream === stream ? Number(sequence) : 0;
      missing += Math.max(0, arrival.sequence - last - 1);
      [stream, sequence] = [arrival.stream, `${arrival.sequence}`];
    }
    return missing;
  }

  async #awaitRecovery(sinceMs: number): Promise<number | undefined> {
    while (Date.now() < sinceMs + recoveryTimeoutMs) {
      const ms = findRecoveryMs(this.#victims.receiver.arrivals(this.#latest.name), sinceMs, onTimeMs);
      if (ms !== undefined) return ms;
      await sleep(lookMs);
    }
    return undefined;
  }

  #check(sender: TrialSender): string[] {
    const { receiver } = this.#victims;
    return sender.runs.flatMap((run) => {
      const facts = collectFacts(run, this.#received.ofRun(run.id));
      if (sender !== this.#latest)
        return findBreachesOfEvery(facts, sender.options.args.includes('classic') ? 'classic' : '2');
      const arrivals = receiver.arrivals(sender.name);
      const disorder = run === sender.runs.at(-1) ? findDisorder(arrivals) : [];
      return [...findBreachesOfLatest(facts, arrivals, receiver.kills * linesLostByKill), ...disorder];
    });
  }
}
