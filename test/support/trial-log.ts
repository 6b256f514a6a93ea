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
