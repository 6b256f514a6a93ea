import type { Log } from '../../src/system/log.ts';

/** A log that keeps its lines. */
export class TrialLog implements Log {
  readonly lines: string[] = [];

  info(line: string): void {
    this.lines.push(`info: ${line}`);
  }

  warn(line: string): void {
    this.lines.push(`warn: ${line}`);
  }
}

/** A log that keeps its lines without their level. */
export class LineLog implements Log {
  readonly lines: string[] = [];

  info(line: string): void {
    this.lines.push(line);
  }

  warn(line: string): void {
    this.lines.push(line);
  }
}

export const silentLog: Log = { info: () => undefined, warn: () => undefined };
