import { access, constants, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { ReceivedFrame, Sender } from '../link/receiving/received-frame.ts';
import { formatTime } from '../protocol/classic-field.ts';
import { CodedError } from '../protocol/errors.ts';
import { pause } from '../system/abort.ts';
import { describeFileError } from '../system/file-reason.ts';
import { WorkMeter } from '../system/flow.ts';
import { LimitedLog } from '../system/limited-log.ts';
import type { Log } from '../system/log.ts';
import type { Sink } from './sink.ts';

/** Between two tries to write a frame that must not be lost. */
const retryMs = 1000;

/** Writes each JPEG as received into one folder. */
export class FolderSink implements Sink {
  readonly #directory: string;
  readonly #log: LimitedLog;
  readonly #stop: AbortSignal;
  readonly #work = new WorkMeter();
  /** Files written whole. */
  written = 0;
  /** Frames that could not be written. */
  dropped = 0;
  /** Writes in a row. */
  #failed = 0;

  private constructor(directory: string, log: Log, stop: AbortSignal) {
    this.#directory = directory;
    this.#stop = stop;
    this.#log = new LimitedLog(log);
  }

  /** Makes the folder where needed. @throws CodedError OUTPUT_FAILED */
  static async open(directory: string, log: Log, stop: AbortSignal): Promise<FolderSink> {
    try {
      await makeFolders(resolve(directory));
      await access(directory, constants.W_OK | constants.X_OK);
    } catch (error) {
      throw new CodedError('OUTPUT_FAILED', `Cannot save to ${directory}: ${describeFileError(error)}`);
    }
    return new FolderSink(directory, log, stop);
  }

  isFlowing(): boolean {
    return this.#work.isFlowing();
  }

  async close(): Promise<void> {
    if (this.dropped > 0) this.#log.warn('end', `${this.dropped} pictures were not saved, ${this.written} were`);
  }

  /**
   * A frame is tried again until it is written: the sender waits, and nothing is lost. With `latest` and on the classic wire
   * it is dropped.
   */
  async take(frame: ReceivedFrame): Promise<boolean> {
    if (await this.#write(frame)) return true;
    if (isExpendable(frame)) {
      this.dropped++;
      return true;
    }
    while (!this.#stop.aborted) {
      await pause(retryMs, this.#stop);
      if (await this.#write(frame)) return true;
    }
    return false;
  }

  async #write(frame: ReceivedFrame): Promise<boolean> {
    const name = fileName(frame);
    // Whoever looks into the folder sees whole pictures only: the name appears when the bytes are there.
    const partial = join(this.#directory, `.${name}.part`);
    try {
      await this.#work.pass(async () => {
        await writeFile(partial, frame.jpeg);
        await rename(partial, join(this.#directory, name));
      });
      this.written++;
      if (this.#failed > 0) this.#log.info('saving', `saving again after ${this.#failed} failed tries`);
      this.#failed = 0;
      return true;
    } catch (error) {
      if (this.#failed++ === 0) {
        const meanwhile = isExpendable(frame) ? 'dropping frames' : 'the sender waits';
        this.#log.warn(
          'dropping',
          `Cannot save ${join(this.#directory, name)}: ${describeFileError(error)}; ${meanwhile} until it works again [OUTPUT_FAILED]`,
        );
      }
      await rm(partial, { force: true }).catch(() => undefined);
      return false;
    }
  }
}

/** A stream may come before its delivery is known, and is not to be lost then. */
function isExpendable({ sender, stream }: ReceivedFrame): boolean {
  return sender.delivery === undefined ? stream === undefined : sender.delivery === 'latest';
}

/** The folder and those above it. Node's own `recursive` tries for ever in a file system that takes none, such as /proc. */
async function makeFolders(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return;
  if (dirname(path) !== path) await makeFolders(dirname(path));
  await mkdir(path).catch((error: NodeJS.ErrnoException) => {
    // Another receiver may have been faster.
    if (error.code !== 'EEXIST' || found !== undefined) throw error;
  });
}

/**
 * From the socket's address, our own clock and our own count. On wire 2 from what makes the frame unique, so that
 * one that comes again after a receiver was killed takes the place of the first, and two are never there.
 */
export function fileName(frame: ReceivedFrame): string {
  const { sender, stream, number, capturedAtUs } = frame;
  const counted = String(number).padStart(6, '0');
  if (stream === undefined || capturedAtUs === undefined) {
    return `${nameFor(sender)}_${formatStamp(frame.receivedAtUs)}_${counted}.jpg`;
  }
  return `${stream}_${formatStamp(capturedAtUs)}_${counted}.jpg`;
}

/** What a sender without a stream calls itself, as far as it may stand in a name of a file, or where it is. */
function nameFor({ name = '', address }: Sender): string {
  const plain = (text: string) => text.replaceAll(/[^0-9A-Za-z.]+/g, '-').replace(/^[-.]+/, '');
  return plain(name) || plain(address);
}

function formatStamp(us: number): string {
  return `${formatTime(us).replaceAll(/[-:]/g, '').replace(' ', 'T').replace('.', '_')}Z`;
}
