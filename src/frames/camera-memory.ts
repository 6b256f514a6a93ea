import { readFile, rename, stat } from 'node:fs/promises';
import { errorLine } from '../system/error-line.ts';
import { describeFileError, describeWriteError } from '../system/file-error.ts';
import type { Log } from '../system/log.ts';
import { replaceFile } from '../system/replace-file.ts';
import { quoteWord } from '../system/shell-word.ts';
import { stateFolderAdvice } from '../system/state-folder.ts';
import type { CameraRegistry } from './camera-registry.ts';
import { formatKnown, type KnownCamera, parseKnown } from './known-camera.ts';

/** A hundred cameras need a tenth of it. */
const maxBytes = 1_000_000;
/** Changes within this time are written at once. */
const gatherMs = 1000;
/** So much of a time may be missing where the receiver is killed. */
const refreshMs = 60_000;

/** The file in which a receiver keeps its cameras, from one run to the next. */
export class CameraMemory {
  readonly #path: string;
  readonly #log: Log;
  readonly #cameras: CameraRegistry;
  readonly #refresh: NodeJS.Timeout;
  #gathering: NodeJS.Timeout | undefined;
  /** The cameras without their times, as they are in the file. */
  #written = '';
  /** Whether the last file could not be written: that is said once. */
  #hasFailed = false;
  #writing: Promise<void> = Promise.resolve();

  /** Writes the cameras when they change. @param path its folder need not exist */
  constructor(path: string, cameras: CameraRegistry, log: Log) {
    this.#path = path;
    this.#log = log;
    this.#cameras = cameras;
    cameras.onChange = () => this.#noteChange();
    this.#refresh = setInterval(() => this.#noteTime(), refreshMs).unref();
  }

  /** Writes the last changes, and no others. */
  async close(): Promise<void> {
    this.#cameras.onChange = () => undefined;
    clearInterval(this.#refresh);
    if (this.#gathering !== undefined || this.#cameras.all.length > 0) this.#write();
    await this.#writing;
  }

  /** Times alone can wait: a program may connect for each picture. */
  #noteChange(): void {
    if (describeCameras(this.#cameras) !== this.#written) this.#gather();
  }

  #gather(): void {
    this.#gathering ??= setTimeout(() => this.#write(), gatherMs).unref();
  }

  #noteTime(): void {
    if (this.#cameras.all.some(({ isOnline }) => isOnline)) this.#gather();
  }

  #write(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    this.#writing = this.#writing.then(() => this.#replace());
  }

  async #replace(): Promise<void> {
    const written = describeCameras(this.#cameras);
    try {
      await replaceFile(this.#path, formatKnown(this.#cameras.known));
      this.#hasFailed = false;
      this.#written = written;
    } catch (error) {
      if (this.#hasFailed) return;
      this.#hasFailed = true;
      const reason = await describeWriteError(error, this.#path);
      this.#log.warn(`Cannot keep the names of cameras in ${this.#path}: ${reason}. ${stateFolderAdvice}`);
    }
  }
}

function describeCameras({ known }: CameraRegistry): string {
  return JSON.stringify(known.map(({ key, name, identity }) => [key, name, identity]));
}

/**
 * The cameras of an earlier run. A file that cannot be read is set aside, and the receiver starts
 * without them.
 */
export async function readCameras(path: string, log: Log): Promise<KnownCamera[]> {
  try {
    const found = await stat(path);
    if (!found.isFile()) throw new Error('it is no file');
    const { size } = found;
    if (size > maxBytes) throw new Error(`it must have at most ${maxBytes} bytes: it has ${size}`);
    return parseKnown(await readFile(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    const isDamaged = (error as NodeJS.ErrnoException).code === undefined;
    const aside = `${path}.damaged`;
    const isAside =
      isDamaged &&
      (await rename(path, aside).then(
        () => true,
        () => false,
      ));
    const reason = isDamaged ? errorLine(error) : describeFileError(error);
    const rest = isAside ? `it is now ${quoteWord(aside)}, and` : 'so';
    log.warn(`Cannot read the names of cameras in ${path}: ${reason}; ${rest} all cameras are new`);
    return [];
  }
}
