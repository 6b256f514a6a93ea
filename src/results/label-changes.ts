import process from 'node:process';
import type { SenderResult } from '../delivery/uplink.ts';
import { Child } from '../system/child.ts';
import type { ChildCommand } from '../system/child-command.ts';
import { describeFileError } from '../system/file-error.ts';
import { LimitedLog } from '../system/limited-log.ts';
import type { Log } from '../system/log.ts';
import { formatEvent, type ResultEvent, type ResultOutput } from './result-output.ts';

const logLines = 1;
const timeoutMs = 30_000;
const killAfterMs = 2000;

/** The cause of a run of the command. */
interface Change {
  /** Sorted, with commas between them. */
  readonly labels: string;
  readonly event: 'labels' | 'stale';
  readonly line: string;
}

/** Runs a command when the set of labels in the results changes; one at a time, and the newest set counts. */
export class LabelChanges implements ResultOutput {
  readonly #command: ChildCommand;
  readonly #log: LimitedLog;
  /** The set that the command was run for last, or is to be run for. */
  #newest: string | undefined;
  #waiting: Change | undefined;
  #running: Promise<void> | undefined;
  #child: Child | undefined;
  dropped = 0;

  constructor(command: ChildCommand, log: Log) {
    this.#command = command;
    this.#log = new LimitedLog(log, logLines);
  }

  result({ detections }: SenderResult, line: string): void {
    // A comma in a label would look like another label.
    const labels = [...new Set(detections.map(({ label }) => label.replaceAll(',', ' ')))].sort().join(',');
    this.#change({ labels, event: 'labels', line });
  }

  event(event: ResultEvent): void {
    if (event === 'stale') this.#change({ labels: '', event: 'stale', line: formatEvent(event) });
  }

  async close(): Promise<void> {
    this.#waiting = undefined;
    await this.#child?.stop();
    await this.#running;
  }

  #change(change: Change): void {
    const newest = `${change.event} ${change.labels}`;
    if (newest === this.#newest) return;
    this.#newest = newest;
    if (this.#waiting !== undefined) this.dropped++;
    this.#waiting = change;
    this.#running ??= this.#runAll();
  }

  async #runAll(): Promise<void> {
    for (let next = this.#waiting; next !== undefined; next = this.#waiting) {
      this.#waiting = undefined;
      await this.#run(next);
    }
    this.#running = undefined;
  }

  async #run({ labels, event, line }: Change): Promise<void> {
    const { path, args } = this.#command;
    const environment = { ...process.env, IMAGE_SOCKET_EVENT: event, IMAGE_SOCKET_LABELS: labels };
    const options = { environment, input: [new TextEncoder().encode(`${line}\n`)], killAfterMs };
    const child = await Child.start(path, args, options).catch((error: Error) => error);
    if (child instanceof Error) {
      this.#fail(`could not be started: ${describeFileError(child)}`);
      return;
    }
    this.#child = child;
    const end = await child.ended(timeoutMs);
    await child.stop();
    this.#child = undefined;
    const how = end?.how ?? `took more than ${timeoutMs / 1000} s and was ended`;
    if (!end?.isGood) this.#fail(child.lastWords === '' ? how : `${how}: ${child.lastWords}`);
  }

  #fail(how: string): void {
    this.#log.warn('failed', `The command of --on-result-change ${how} [OUTPUT_FAILED]`);
  }
}
