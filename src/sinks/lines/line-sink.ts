import { formatConnection, type ReceivedFrame, transitUs } from '../../frames/received-frame.ts';
import { formatTime } from '../../protocol/classic/classic-field.ts';
import { pause } from '../../system/abort.ts';
import { counted } from '../../system/counted.ts';
import { LimitedLog } from '../../system/limited-log.ts';
import type { Log } from '../../system/log.ts';
import type { MaybePromise } from '../../system/maybe-promise.ts';
import { describeFrame } from '../describe-frame.ts';
import { isDroppable, type Sink, type SinkStats } from '../sink.ts';

/** The longest time that a posted picture waits for the reader of lines. */
const patienceMs = 2000;

/** The writer of the lines. */
export interface LineOutput {
  /** Takes one line of a sender. A promise asks to wait, as with a sink. */
  write(line: string, sender: object): void | Promise<void>;
  /**
   * Whether so many lines wait for the reader that a line of that sender should be dropped, if it
   * may be.
   */
  isBehind(sender: object): boolean;
  /** Resolves when all lines are written. */
  flush(): Promise<void>;
}

/**
 * A line for people. It begins like the lines of the Python server where the sender gives a time.
 */
export function formatLine(frame: ReceivedFrame): string {
  const { connection, sequence, width, height, jpeg, capturedAtUs } = frame;
  const received = `receive time: ${formatTime(frame.receivedAtUs)}`;
  const details = `${formatConnection(connection)} #${sequence} ${width}x${height} ${jpeg.length} bytes`;
  if (capturedAtUs === undefined) return `${received}  ${details}`;
  return `send time: ${formatTime(capturedAtUs)}  ${received}  ${describeLatency(frame)}  ${details}`;
}

/** A line of JSON for programs. */
export function formatJson(frame: ReceivedFrame): string {
  return JSON.stringify(describeFrame(frame));
}

/**
 * Writes a line for each frame that is accepted. Lines of frames that may be dropped are dropped while
 * the reader is behind.
 */
export class LineSink implements Sink {
  readonly isTold = true;
  readonly #format: (frame: ReceivedFrame) => string;
  readonly #output: LineOutput;
  readonly #log: LimitedLog;
  #done = 0;
  #dropped = 0;

  constructor(format: (frame: ReceivedFrame) => string, output: LineOutput, log: Log) {
    this.#format = format;
    this.#output = output;
    this.#log = new LimitedLog(log);
  }

  get stats(): SinkStats {
    const none = { failures: 0, waitingFrames: 0, waitingBytes: 0 };
    return { name: 'lines', done: this.#done, dropped: this.#dropped, ...none };
  }

  write(frame: ReceivedFrame): MaybePromise<boolean> {
    const isBehind = this.#output.isBehind(frame.connection);
    if (isBehind && isDroppable(frame)) return this.#drop();
    if (isBehind && frame.connection.awaitsReply) return this.#awaitReader(frame);
    return this.#write(frame);
  }

  async close(): Promise<void> {
    await this.#output.flush();
    const dropped = counted(this.#dropped, 'line was', 'lines were');
    const done = counted(this.#done, 'was', 'were');
    if (this.#dropped > 0) this.#log.warn('end', `${dropped} not printed, ${done}`);
  }

  /** A posted picture waits for a slow reader, but not for a reader that hangs. */
  async #awaitReader(frame: ReceivedFrame): Promise<boolean> {
    const late = new AbortController();
    await Promise.race([this.#output.flush(), pause(patienceMs, late.signal)]);
    late.abort();
    return this.#output.isBehind(frame.connection) ? this.#drop() : this.#write(frame);
  }

  #drop(): boolean {
    if (this.#dropped++ === 0)
      this.#log.warn('behind', 'The reader of standard output is behind: lines are dropped until it catches up');
    return true;
  }

  #write(frame: ReceivedFrame): MaybePromise<boolean> {
    this.#done++;
    const written = this.#output.write(this.#format(frame), frame.connection);
    const hasToWait = written !== undefined && !isDroppable(frame) && !frame.connection.awaitsReply;
    return hasToWait ? written.then(() => true) : true;
  }
}

function describeLatency(frame: ReceivedFrame): string {
  const { latency } = frame;
  if (latency !== undefined) return `latency ${formatMs(latency.us)} ms`;
  return `latency ${formatMs(transitUs(frame) ?? 0)} ms, clocks not compared`;
}

function formatMs(us: number): string {
  return (us / 1000).toFixed(1);
}
