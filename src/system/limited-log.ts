import type { Log } from './log.ts';

const intervalMs = 1000;
const defaultLines = 10;
/**
 * So many hosts have a count of their own, for each kind of line. Further hosts share one count.
 */
const maxHosts = 10;
const otherHosts = 'other hosts';

interface Cause {
  readonly kind: string;
  readonly host: string;
}

interface Count {
  lines: number;
  held: number;
  newest: string;
}

/**
 * A log that no other host can fill: it passes ten lines of each kind and host in a second, or as
 * many as are asked for. One line then says how many more there were.
 *
 * Lines of one kind are limited for each host by itself, so that the many lines of one host do not
 * hide the few of another.
 */
export class LimitedLog {
  readonly #log: Log;
  readonly #linesPerInterval: number;
  readonly #kinds = new Map<string, Map<string, Count>>();

  constructor(log: Log, linesPerInterval = defaultLines) {
    this.#log = log;
    this.#linesPerInterval = linesPerInterval;
  }

  /**
   * @param kind lines of the same kind are counted together; the caller has a fixed number of kinds
   * @param host the host that causes the line; empty: none does
   */
  info(kind: string, line: string, host = ''): void {
    this.#say('info', { kind, host }, line);
  }

  /**
   * @param kind lines of the same kind are counted together; the caller has a fixed number of kinds
   * @param host the host that causes the line; empty: none does
   */
  warn(kind: string, line: string, host = ''): void {
    this.#say('warn', { kind, host }, line);
  }

  #say(level: 'info' | 'warn', cause: Cause, line: string): void {
    const count = this.#findCount(level, cause);
    if (count.lines < this.#linesPerInterval) {
      count.lines++;
      this.#log[level](line);
    } else {
      count.held++;
      count.newest = line;
    }
  }

  #findCount(level: 'info' | 'warn', { kind, host }: Cause): Count {
    const hosts = this.#kinds.get(kind) ?? new Map<string, Count>();
    this.#kinds.set(kind, hosts);
    const found = hosts.get(host);
    if (found !== undefined) return found;
    if (hosts.size >= maxHosts && host !== otherHosts) return this.#findCount(level, { kind, host: otherHosts });
    const count = { lines: 0, held: 0, newest: '' };
    hosts.set(host, count);
    setTimeout(() => this.#settle(level, { kind, host }), intervalMs).unref();
    return count;
  }

  #settle(level: 'info' | 'warn', { kind, host }: Cause): void {
    const hosts = this.#kinds.get(kind);
    const count = hosts?.get(host);
    hosts?.delete(host);
    if (hosts?.size === 0) this.#kinds.delete(kind);
    if (count === undefined || count.held === 0) return;
    const others = count.held > 1 ? ` (and ${count.held - 1} more like it)` : '';
    // It is the first line of the next second.
    this.#findCount(level, { kind, host }).lines++;
    this.#log[level](`${count.newest}${others}`);
  }
}
