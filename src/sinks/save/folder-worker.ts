import { access, constants, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Camera } from '../../cameras/camera.ts';
import type { ReceivedFrame } from '../../link/receiving/received-frame.ts';
import { CodedError } from '../../protocol/errors.ts';
import { describeFileError } from '../../system/file-reason.ts';
import { makeFolders } from '../../system/folders.ts';
import type { Log } from '../../system/log.ts';
import { Retention, type RetentionLimits } from '../disk/retention.ts';
import type { FrameWorker } from '../paced/paced-sink.ts';
import type { DiskFigures } from '../sink.ts';
import type { FileNames } from './file-names.ts';

/** Writes JPEGs as received, each into a file of its own. */
export class FolderWorker implements FrameWorker {
  readonly #names: FileNames;
  readonly #root: string;
  readonly #retention: Retention | undefined;

  private constructor(names: FileNames, retention: Retention | undefined) {
    this.#names = names;
    this.#root = resolve(names.root);
    this.#retention = retention;
  }

  /** Makes the folder where needed. @param limits undefined: nothing is ever deleted @throws CodedError OUTPUT_FAILED */
  static async open(names: FileNames, limits: RetentionLimits | undefined, log: Log): Promise<FolderWorker> {
    const { root, isOurs } = names;
    try {
      await makeFolders(resolve(root));
      await access(root, constants.W_OK | constants.X_OK);
    } catch (error) {
      throw new CodedError('OUTPUT_FAILED', `Cannot save to ${root}: ${describeFileError(error)}`);
    }
    if (limits === undefined) return new FolderWorker(names, undefined);
    return new FolderWorker(names, await Retention.open({ directory: root, isOurs, ...limits }, log));
  }

  get disk(): DiskFigures | undefined {
    return this.#retention?.disk;
  }

  async close(): Promise<void> {
    await this.#retention?.close();
  }

  /** @throws CodedError OUTPUT_FAILED */
  async work(frame: ReceivedFrame, camera: Camera): Promise<void> {
    const name = this.#names.format(frame, camera);
    const path = join(this.#root, name);
    const write = () => writeWhole(path, `.${basename(path)}.${camera.key}.part`, frame.jpeg);
    const bytes = frame.jpeg.length;
    if (this.#retention === undefined) await write();
    else if (!(await this.#retention.write(name, bytes, write))) {
      throw new CodedError('OUTPUT_FAILED', `Cannot save ${path}: ${this.#retention.describeShortage()}`);
    }
    camera.write('save', bytes);
  }
}

/** Whoever looks into the folder sees whole pictures only: the name appears when the bytes are there. */
async function writeWhole(path: string, partialName: string, bytes: Uint8Array): Promise<void> {
  const partial = join(dirname(path), partialName);
  try {
    await write(partial, bytes);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw new CodedError('OUTPUT_FAILED', `Cannot save ${path}: ${describeFileError(error)}`);
  }
}

/** Makes the folder at its first file. */
async function write(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(path, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await makeFolders(dirname(path));
    await writeFile(path, bytes);
  }
}
