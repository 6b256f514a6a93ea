import { findLeast, type Group, Task, type Turns, taskMs } from './fair-task.ts';

/** How long all tasks may work before the event loop has its turn: milliseconds. */
const roundMs = 2;
/** A task that has done little lately goes before busy tasks until it has had so much. */
const creditMs = 2;
/**
 * A turn that takes so many times as long as most was held up by the machine or the garbage
 * collector: its task does not pay for that.
 */
const maxOfAverage = 2;
/** A task whose turns are short now and long then pays for at least half of each long turn. */
const minAverageMs = 0.25;
/** The weight of the newest turn of a task in the estimate for its next turn. */
const expectationGain = 1 / 4;

export interface SchedulerOptions {
  /** Reads a steady clock: milliseconds. */
  readonly readClockMs?: () => number;
  /** Calls back when the event loop has served everything else. */
  readonly defer?: (callback: () => void) => unknown;
}

/**
 * Shares the one thread of this program among connections: first among their addresses, then among
 * the connections of each.
 *
 * While there is little work, it is done at once. Where there is more, each task waits for its
 * turn, and between two rounds of turns the event loop serves everything else. The order is that of
 * start-time fair queueing: the task goes next that would then have had the least. So a camera goes
 * before a flood, and a newcomer does not go before the others.
 */
export class FairScheduler implements Turns {
  readonly #readClockMs: () => number;
  readonly #defer: (callback: () => void) => unknown;
  readonly #groups = new Map<string, Group>();
  /** Groups with tasks that wait. */
  readonly #waiting = new Set<Group>();
  /** The task whose turn it is. */
  #current: Task | undefined;
  #startedMs = 0;
  /** Milliseconds spent in this round; while there is nothing to do, the figure goes back. */
  #spentMs = 0;
  #endedMs = 0;
  /** The time that the next group has had: milliseconds. */
  #clockMs = 0;
  #isDeferred = false;

  constructor({ readClockMs = () => performance.now(), defer = setImmediate }: SchedulerOptions = {}) {
    this.#readClockMs = readClockMs;
    this.#defer = defer;
  }

  /**
   * Makes a task.
   * @param key the owner of the work, such as an address: each key gets as much as any other
   */
  join(key: string): Task {
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = { key, members: 0, waiting: new Set(), usedMs: 0, clockMs: 0 };
      this.#groups.set(key, group);
    }
    group.members++;
    return new Task(this, group);
  }

  /** For `Task`. */
  begin(task: Task, resume: () => void): boolean {
    if (task === this.#current) return true;
    const nowMs = this.#readClockMs();
    if (this.#current === undefined && this.#waiting.size === 0) {
      this.#spentMs = Math.max(0, this.#spentMs - (nowMs - this.#endedMs));
      if (this.#spentMs < roundMs) {
        this.#catchUp(task);
        this.#start(task, nowMs);
        return true;
      }
    }
    task.resume = resume;
    this.#catchUp(task);
    task.group.waiting.add(task);
    this.#waiting.add(task.group);
    this.#deferRound();
    return false;
  }

  /** For `Task`. */
  isOver(task: Task): boolean {
    return task !== this.#current || this.#readClockMs() - this.#startedMs >= taskMs;
  }

  /** For `Task`. */
  end(task: Task, feeMs = 0): void {
    if (task !== this.#current) return;
    const nowMs = this.#readClockMs();
    const turnMs = nowMs - this.#startedMs;
    const workMs = Math.min(turnMs, maxOfAverage * task.averageMs);
    const ms = workMs + feeMs;
    this.#current = undefined;
    this.#endedMs = nowMs;
    this.#spentMs += turnMs + feeMs;
    task.usedMs += ms;
    task.group.usedMs += ms;
    task.averageMs += (Math.min(workMs, taskMs) - task.averageMs) * expectationGain;
    task.averageMs = Math.max(task.averageMs, minAverageMs);
    task.expectedMs += (Math.min(ms, taskMs) - task.expectedMs) * expectationGain;
  }

  /** For `Task`. */
  leave(task: Task): boolean {
    this.end(task);
    const { group } = task;
    const hasWaited = this.#stopWaiting(task);
    if (--group.members === 0) this.#groups.delete(group.key);
    return hasWaited;
  }

  /** A task that has done nothing for a while may not claim much more than the others now. */
  #catchUp(task: Task): void {
    const { group } = task;
    if (group.waiting.size === 0) group.usedMs = Math.max(group.usedMs, this.#clockMs - creditMs);
    task.usedMs = Math.max(task.usedMs, group.clockMs - creditMs);
  }

  #start(task: Task, nowMs: number): void {
    this.#clockMs = Math.max(this.#clockMs, task.group.usedMs);
    task.group.clockMs = Math.max(task.group.clockMs, task.usedMs);
    this.#current = task;
    this.#startedMs = nowMs;
  }

  #stopWaiting(task: Task): boolean {
    const { group } = task;
    task.resume = undefined;
    if (!group.waiting.delete(task)) return false;
    if (group.waiting.size === 0) this.#waiting.delete(group);
    return true;
  }

  #deferRound(): void {
    if (this.#isDeferred) return;
    this.#isDeferred = true;
    this.#defer(() => {
      this.#isDeferred = false;
      this.#runRound();
    });
  }

  #runRound(): void {
    this.#spentMs = 0;
    for (let task = this.#pick(); task !== undefined && this.#spentMs < roundMs; task = this.#pick()) {
      const { resume } = task;
      this.#stopWaiting(task);
      this.#start(task, this.#readClockMs());
      resume?.();
      this.end(task);
    }
    if (this.#waiting.size > 0) this.#deferRound();
  }

  #pick(): Task | undefined {
    let best: Task | undefined;
    let bestMs = Number.POSITIVE_INFINITY;
    for (const group of this.#waiting) {
      const task = findLeast(group.waiting);
      if (task === undefined || group.usedMs + task.expectedMs >= bestMs) continue;
      best = task;
      bestMs = group.usedMs + task.expectedMs;
    }
    return best;
  }
}
