import type { SenderResult } from '../delivery/uplink.ts';

/** The events of results: none that is fresh has come for a time, and one comes again. */
export type ResultEvent = 'stale' | 'fresh';

/** Something at the camera that uses results. It never throws, and reports and counts its own failures. */
export interface ResultOutput {
  /** @param line the result as one line of JSON, without its line end */
  result(result: SenderResult, line: string): void;
  event(event: ResultEvent): void;
  /** Work that may fail and be reported begins now. */
  start?(): void;
  /** Resolves when nothing is left to do. */
  close(): Promise<void>;
  /** Results that were fresh and that it could not use, as it was behind. */
  readonly dropped: number;
}

/** An event as one line of JSON, without its line end. */
export function formatEvent(event: ResultEvent): string {
  return JSON.stringify({ event });
}
