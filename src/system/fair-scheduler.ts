/** How long one task may work without a break, and all of them before the event loop has its turn: in milliseconds. */
const taskMs = 1;
const roundMs = 2;
/** What has done little lately may be so far behind those that are busy: it goes before them for as long. */
const creditMs = 2;
/** A turn that takes so many times what it usually does was held up by the machine or the collector: its task must not pay for that. */
const maxOfUsual = 2;
/** One that is short now and long then pays for half of the long ones at least. */
const minUsualMs = 0.25;
/** How much the newest turn of a task counts in what its next one is expected to take. */
const expectationGain = 1 / 4;

export interface SchedulerOptions {
  /** A steady clock, in milliseconds. */
  readonly readClockMs?: () => number;
  /** Calls back when the event loop has looked at everything else. */
  readonly defer?: (callback: () => void) => unknown;
}

/** Of what waits for its turn, the next that `pick` gives is the one that has had the least. */
interface Share {
  /** What it has had so far, in milliseconds; one that comes back begins with what the others have had meanwhile. */
  usedMs: number;
}

/** The tasks of one address. */
interface Group extends Share {
  readonly key: string;
  members: number;
  readonly waiting: Set<Task>;
  /** What its tasks have had that is next. */
  clockMs: number;
}

/** Work that comes in pieces, such as what a connection brings. Made by `FairScheduler.join`. */
export class Task implements Share {
  readonly #scheduler: FairScheduler;
  readonly group: Group;
  usedMs: number;
  /** What a turn of it takes, and with what comes of it. */
  defaultMs = taskMs;
  expectedMs = taskMs;
  /** Goes on when it is its turn; undefined where it waits for none. */
  resume: (() => void) | undefined;

  constructor(scheduler: FairScheduler, group: Group) {
    this.#scheduler = scheduler;
    this.group = group;
    // As if it had had a turn: those that come anew all the time must not keep those that are there from theirs.
    this.usedMs = group.clockMs + taskMs;
  }

  /** Whether the work may begin now, until `end`. If not, `resume` is called when it may. */
  begin(resume: () => void): boolean {
    return this.#scheduler.begin(this, resume);
  }

  /** Whether the turn is over: the rest of the work is for the next one. */
  get isOver(): boolean {
    return this.#scheduler.isOver(this);
  }

  /** There is no more work for now, or the turn is over. @param feeMs counts as well, for work that comes of it and cannot be put off */
  end(feeMs = 0): void {
    this.#scheduler.end(this, feeMs);
  }

  /** There is none any more. Returns whether it waited for its turn, which does not come. */
  leave(): boolean {
    return this.#scheduler.leave(this);
  }
}

/**
 * Shares the one thread of this program among connections: first among their addresses, then among the connections of each.
 *
 * Work is done at once while there is little of it. Where there is more, each task waits for its turn, and between two rounds of turns the
 * event loop looks at everything else. The order is that of start-time fair queueing: of those that wait, the one goes next that would
 * then have had the least, so that a camera goes before a flood, and a newcomer not before those that are there.
 */
export class FairScheduler {
  readonly #readClockMs: () => number;
  readonly #defer: (callback: () => void) => unknown;
  readonly #groups = new Map<string, Group>();
  /** Groups with tasks that wait. */
  readonly #waiting = new Set<Group>();
  /** Whose turn it is. */
  #current: Task | undefined;
  #startedMs = 0;
  /** Spent in this round; while there is nothing to do it goes back. */
  #spentMs = 0;
  #endedMs = 0;
  /** What the group has had that is next. */
  #clockMs = 0;
  #isDeferred = false;

  constructor({ readClockMs = () => performance.now(), defer = setImmediate }: SchedulerOptions = {}) {
    this.#readClockMs = readClockMs;
    this.#defer = defer;
  }

  /** @param key what the work is for, such as an address: each key gets as much as any other */
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
    const workMs = Math.min(turnMs, maxOfUsual * task.defaultMs);
    const ms = workMs + feeMs;
    this.#current = undefined;
    this.#endedMs = nowMs;
    this.#spentMs += turnMs + feeMs;
    task.usedMs += ms;
    task.group.usedMs += ms;
    task.defaultMs += (Math.min(workMs, taskMs) - task.defaultMs) * expectationGain;
    task.defaultMs = Math.max(task.defaultMs, minUsualMs);
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

  /** What has done nothing for a while has no claim to much more than the others now. */
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

/** That which would have had the least behind its turn; of several the one that waits longest. */
function findLeast(tasks: Iterable<Task>): Task | undefined {
  let best: Task | undefined;
  let bestMs = Number.POSITIVE_INFINITY;
  for (const task of tasks) {
    const ms = task.usedMs + task.expectedMs;
    if (ms >= bestMs) continue;
    best = task;
    bestMs = ms;
  }
  return best;
}
