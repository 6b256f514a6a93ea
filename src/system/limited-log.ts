import type { Log } from './log.ts';

const intervalMs = 1000;
const defaultLines = 10;
/** Kinds of lines, and hosts, that are counted apart at one time. Those that come when so many are counted share one count. */
const maxCounts = 50;
const overflowKind = 'other lines';

interface Count {
  lines: number;
  held: number;
  newest: string;
}

/**
 * A log that strangers cannot fill: it passes ten lines of each kind and host in a second, or as many as are asked for.
 * One line then tells how many more there were.
 *
 * Lines of one kind are limited for each host by itself, so that the many lines of one host do not hide the few of another.
 */
export class LimitedLog {
  readonly #log: Log;
  readonly #linesPerInterval: number;
  readonly #counts = new Map<string, Count>();

  constructor(log: Log, linesPerInterval = defaultLines) {
    this.#log = log;
    this.#linesPerInterval = linesPerInterval;
  }

  /**
   * @param kind lines of the same kind are counted together
   * @param host the host that causes the line, where one does
   */
  info(kind: string, line: string, host = ''): void {
    this.#say('info', `${kind} ${host}`, line);
  }

  /**
   * @param kind lines of the same kind are counted together
   * @param host the host that causes the line, where one does
   */
  warn(kind: string, line: string, host = ''): void {
    this.#say('warn', `${kind} ${host}`, line);
  }

  #say(level: 'info' | 'warn', kind: string, line: string): void {
    const count = this.#counts.get(kind) ?? this.#startCount(level, kind);
    if (count.lines < this.#linesPerInterval) {
      count.lines++;
      this.#log[level](line);
    } else {
      count.held++;
      count.newest = line;
    }
  }

  #startCount(level: 'info' | 'warn', kind: string): Count {
    if (this.#counts.size >= maxCounts && kind !== overflowKind) {
      return this.#counts.get(overflowKind) ?? this.#startCount(level, overflowKind);
    }
    const count = { lines: 0, held: 0, newest: '' };
    this.#counts.set(kind, count);
    setTimeout(() => this.#settle(level, kind), intervalMs).unref();
    return count;
  }

  #settle(level: 'info' | 'warn', kind: string): void {
    const count = this.#counts.get(kind);
    this.#counts.delete(kind);
    if (count === undefined || count.held === 0) return;
    const others = count.held > 1 ? ` (and ${count.held - 1} more like it)` : '';
    this.#log[level](`${count.newest}${others}`);
  }
}
