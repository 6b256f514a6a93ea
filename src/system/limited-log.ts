import type { Log } from './log.ts';

const intervalMs = 1000;
const usualLines = 10;

interface Count {
  lines: number;
  held: number;
  newest: string;
}

/**
 * A log that strangers cannot fill: of the lines of one kind it passes ten in a second, or as many as are asked for, and counts the rest,
 * which one line then tells.
 */
export class LimitedLog {
  readonly #log: Log;
  readonly #linesPerInterval: number;
  readonly #counts = new Map<string, Count>();

  constructor(log: Log, linesPerInterval = usualLines) {
    this.#log = log;
    this.#linesPerInterval = linesPerInterval;
  }

  /** @param kind lines of the same kind are counted together */
  info(kind: string, line: string): void {
    this.#say('info', kind, line);
  }

  /** @param kind lines of the same kind are counted together */
  warn(kind: string, line: string): void {
    this.#say('warn', kind, line);
  }

  #say(level: 'info' | 'warn', kind: string, line: string): void {
    let count = this.#counts.get(kind);
    if (count === undefined) {
      count = { lines: 0, held: 0, newest: '' };
      this.#counts.set(kind, count);
      setTimeout(() => this.#settle(level, kind), intervalMs).unref();
    }
    if (count.lines < this.#linesPerInterval) {
      count.lines++;
      this.#log[level](line);
    } else {
      count.held++;
      count.newest = line;
    }
  }

  #settle(level: 'info' | 'warn', kind: string): void {
    const count = this.#counts.get(kind);
    this.#counts.delete(kind);
    if (count === undefined || count.held === 0) return;
    const others = count.held > 1 ? ` (and ${count.held - 1} more like it)` : '';
    this.#log[level](`${count.newest}${others}`);
  }
}
