import { access, constants, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { ReceivedFrame } from '../link/received-frame.ts';
import { formatTime } from '../protocol/classic-field.ts';
import { CodedError } from '../protocol/errors.ts';
import { describeFileError } from '../system/file-reason.ts';
import { LimitedLog } from '../system/limited-log.ts';
import type { Log } from '../system/log.ts';
import type { Sink } from './sink.ts';

/** Writes each JPEG as received into one folder. A frame whose write fails is dropped and counted; the next is tried again. */
export class FolderSink implements Sink {
  readonly #directory: string;
  readonly #log: LimitedLog;
  /** Files written whole. */
  written = 0;
  /** Frames that could not be written. */
  dropped = 0;
  #droppedInRow = 0;

  private constructor(directory: string, log: Log) {
    this.#directory = directory;
    this.#log = new LimitedLog(log);
  }

  /** Makes the folder where needed. @throws CodedError OUTPUT_FAILED */
  static async open(directory: string, log: Log): Promise<FolderSink> {
    try {
      await makeFolders(resolve(directory));
      await access(directory, constants.W_OK | constants.X_OK);
    } catch (error) {
      throw new CodedError('OUTPUT_FAILED', `Cannot save to ${directory}: ${describeFileError(error)}`);
    }
    return new FolderSink(directory, log);
  }

  async close(): Promise<void> {
    if (this.dropped > 0) this.#log.warn('end', `${this.dropped} pictures were not saved, ${this.written} were`);
  }

  async take(frame: ReceivedFrame): Promise<void> {
    const name = fileName(frame);
    // Whoever looks into the folder sees whole pictures only: the name appears when the bytes are there.
    const partial = join(this.#directory, `.${name}.part`);
    try {
      await writeFile(partial, frame.jpeg);
      await rename(partial, join(this.#directory, name));
      this.written++;
      if (this.#droppedInRow > 0) this.#log.info('saving', `saving again after ${this.#droppedInRow} dropped frames`);
      this.#droppedInRow = 0;
    } catch (error) {
      this.dropped++;
      if (this.#droppedInRow++ === 0) {
        this.#log.warn(
          'dropping',
          `Cannot save ${join(this.#directory, name)}: ${describeFileError(error)}; dropping frames until it works again [OUTPUT_FAILED]`,
        );
      }
      await rm(partial, { force: true }).catch(() => undefined);
    }
  }
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

/** From the socket's address, our own clock and our own count: no byte of the wire gets into a file name. */
export function fileName(frame: ReceivedFrame): string {
  const sender = frame.sender.label.replaceAll(/[^0-9A-Za-z.]+/g, '-').replace(/^-/, '');
  const time = formatTime(frame.receivedAtUs).replaceAll(/[-:]/g, '').replace(' ', 'T').replace('.', '_');
  return `${sender}_${time}Z_${String(frame.number).padStart(6, '0')}.jpg`;
}
