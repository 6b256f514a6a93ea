/** How long one task may work without a break: milliseconds. */
export const taskMs = 1;

/** The scheduler picks the task that has had the least. */
interface Share {
  /**
   * Milliseconds of work so far. A task that comes back begins with what the others have had
   * meanwhile.
   */
  usedMs: number;
}

/** The tasks of one address. */
export interface Group extends Share {
  readonly key: string;
  members: number;
  readonly waiting: Set<Task>;
  /** The time that the next task of the group has had: milliseconds. */
  clockMs: number;
}

/** Gives tasks their turns. */
export interface Turns {
  begin(task: Task, resume: () => void): boolean;
  isOver(task: Task): boolean;
  end(task: Task, feeMs?: number): void;
  leave(task: Task): boolean;
}

/** Work that comes in pieces, such as the bytes of a connection. Made by `FairScheduler.join`. */
export class Task implements Share {
  readonly #turns: Turns;
  readonly group: Group;
  usedMs: number;
  /** The average time of a turn. */
  averageMs = taskMs;
  /** The same, with the fees. */
  expectedMs = taskMs;
  /** Called when the turn of the task comes; undefined where it waits for none. */
  resume: (() => void) | undefined;

  constructor(turns: Turns, group: Group) {
    this.#turns = turns;
    this.group = group;
    // A new task begins as if it had had a turn: tasks that come anew all the time must not keep
    // the others waiting.
    this.usedMs = group.clockMs + taskMs;
  }

  /**
   * Whether the work may begin now, until `end`. If not, the scheduler calls `resume` when it may.
   */
  begin(resume: () => void): boolean {
    return this.#turns.begin(this, resume);
  }

  /** Whether the turn is over: the rest of the work has to wait for the next turn. */
  get isOver(): boolean {
    return this.#turns.isOver(this);
  }

  /**
   * There is no more work for now, or the turn is over.
   * @param feeMs counts as well, for later work that this turn has caused
   */
  end(feeMs = 0): void {
    this.#turns.end(this, feeMs);
  }

  /** The task is gone. Returns whether it waited for a turn, which does not come. */
  leave(): boolean {
    return this.#turns.leave(this);
  }
}

/** The task that would have had the least after its turn; of several the one that waits longest. */
export function findLeast(tasks: Iterable<Task>): Task | undefined {
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
