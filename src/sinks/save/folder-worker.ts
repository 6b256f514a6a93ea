import { access, constants, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Camera } from '../../cameras/camera.ts';
import type { ReceivedFrame } from '../../link/receiving/received-frame.ts';
import { CodedError } from '../../protocol/errors.ts';
import { describeFileError } from '../../system/file-reason.ts';
import { makeFolders } from '../../system/folders.ts';
import type { FrameWorker } from '../paced-sink.ts';
import type { FileNames } from './file-names.ts';

/** Writes JPEGs as received, each into a file of its own. */
export class FolderWorker implements FrameWorker {
  readonly #names: FileNames;
  readonly #root: string;

  private constructor(names: FileNames) {
    this.#names = names;
    this.#root = resolve(names.root);
  }

  /** Makes the folder where needed. @throws CodedError OUTPUT_FAILED */
  static async open(names: FileNames): Promise<FolderWorker> {
    const { root } = names;
    try {
      await makeFolders(resolve(root));
      await access(root, constants.W_OK | constants.X_OK);
    } catch (error) {
      throw new CodedError('OUTPUT_FAILED', `Cannot save to ${root}: ${describeFileError(error)}`);
    }
    return new FolderWorker(names);
  }

  /** @throws CodedError OUTPUT_FAILED */
  async work(frame: ReceivedFrame, camera: Camera): Promise<void> {
    const path = join(this.#root, this.#names.format(frame, camera));
    // Whoever looks into the folder sees whole pictures only: the name appears when the bytes are there.
    const partial = join(dirname(path), `.${basename(path)}.${camera.key}.part`);
    try {
      await write(partial, frame.jpeg);
      await rename(partial, path);
    } catch (error) {
      await rm(partial, { force: true }).catch(() => undefined);
      throw new CodedError('OUTPUT_FAILED', `Cannot save ${path}: ${describeFileError(error)}`);
    }
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
