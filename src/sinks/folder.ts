import { access, constants, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { ReceivedFrame, Sender } from '../link/receiving/received-frame.ts';
import { formatTime } from '../protocol/classic-field.ts';
import { CodedError } from '../protocol/errors.ts';
import { describeFileError } from '../system/file-reason.ts';
import type { FrameWorker } from './paced-sink.ts';

/** Writes each JPEG as received into one folder. */
export class FolderWorker implements FrameWorker {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** Makes the folder where needed. @throws CodedError OUTPUT_FAILED */
  static async open(directory: string): Promise<FolderWorker> {
    try {
      await makeFolders(resolve(directory));
      await access(directory, constants.W_OK | constants.X_OK);
    } catch (error) {
      throw new CodedError('OUTPUT_FAILED', `Cannot save to ${directory}: ${describeFileError(error)}`);
    }
    return new FolderWorker(directory);
  }

  /** @throws CodedError OUTPUT_FAILED */
  async work(frame: ReceivedFrame): Promise<void> {
    const name = fileName(frame);
    const path = join(this.#directory, name);
    // Whoever looks into the folder sees whole pictures only: the name appears when the bytes are there.
    const partial = join(this.#directory, `.${name}.part`);
    try {
      await writeFile(partial, frame.jpeg);
      await rename(partial, path);
    } catch (error) {
      await rm(partial, { force: true }).catch(() => undefined);
      throw new CodedError('OUTPUT_FAILED', `Cannot save ${path}: ${describeFileError(error)}`);
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
