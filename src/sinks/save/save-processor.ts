import { rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { CodedError } from '../../errors.ts';
import type { Camera } from '../../frames/camera.ts';
import type { ReceivedFrame } from '../../frames/received-frame.ts';
import { describeWriteError } from '../../system/file-error.ts';
import { makeFolders } from '../../system/folders.ts';
import { LimitedLog } from '../../system/limited-log.ts';
import type { Log } from '../../system/log.ts';
import { type DiskSync, makeDiskSync } from '../disk/disk-sync.ts';
import { prepareFolder } from '../disk/output-folder.ts';
import { Retention, type RetentionLimits } from '../disk/retention.ts';
import type { FrameProcessor, UnsettledWork } from '../queue/frame-processor.ts';
import { type DiskStats, isDueOnDisk } from '../sink.ts';
import { EarlierPictures } from './earlier-pictures.ts';
import { Committer } from './file-committer.ts';
import type { FileNames } from './file-names.ts';

/** Writes JPEGs as received, each into a file of its own. */
export class SaveProcessor implements FrameProcessor {
  readonly #names: FileNames;
  readonly #root: string;
  #retention: Retention | undefined;
  readonly #committer: Committer;
  readonly #earlier: EarlierPictures;
  /** Pictures that are being written, by their temporary paths. */
  readonly #saving = new Map<string, Promise<boolean>>();

  private constructor(names: FileNames, sync: DiskSync, log: LimitedLog) {
    this.#names = names;
    this.#root = resolve(names.root);
    this.#committer = new Committer(this.#root, sync);
    this.#earlier = new EarlierPictures(names, this.#root, sync, log);
  }

  /**
   * Makes the folder where needed.
   * @param limits undefined: no file is ever deleted
   * @param stop from its abort on, only files whose place is needed at once are deleted
   * @throws CodedError OUTPUT_FAILED
   */
  static async open(
    names: FileNames,
    limits: RetentionLimits | undefined,
    log: Log,
    { sync = makeDiskSync(), stop }: { readonly sync?: DiskSync; readonly stop?: AbortSignal } = {},
  ): Promise<SaveProcessor> {
    const { root } = names;
    await prepareFolder(root, 'save to');
    const processor = new SaveProcessor(names, sync, new LimitedLog(log));
    const isOurs = (path: string) => processor.#isOurs(path);
    if (limits !== undefined)
      processor.#retention = await Retention.open({ directory: root, option: 'save', isOurs, stop, ...limits }, log);
    return processor;
  }

  get disk(): DiskStats | undefined {
    return this.#retention?.disk;
  }

  async close(): Promise<void> {
    await this.#retention?.close();
  }

  /**
   * Whether a file is ours, by its path from the folder on. Files that a killed receiver did not
   * finish are too: they take room, and folders that hold them are not empty.
   */
  #isOurs(path: string): boolean {
    const whole = wholeNameOf(path);
    return this.#names.isOurs(whole ?? path) && !this.#saving.has(join(this.#root, path));
  }

  /**
   * Resolves when the picture is written. Where its sender waits for an answer, the picture gets
   * its name, and is settled, when it is on the disk: it has to be there after a power cut as well.
   * @throws CodedError OUTPUT_FAILED
   */
  async process(frame: ReceivedFrame, camera: Camera): Promise<UnsettledWork | undefined> {
    if (await this.#earlier.has(frame, camera)) return undefined;
    const written = Promise.withResolvers<void>();
    const settled = this.#save(frame, camera, written.resolve);
    await Promise.race([written.promise, settled]);
    return { settled };
  }

  /** @param onWritten called when the bytes are written, where they are not on the disk yet */
  async #save(frame: ReceivedFrame, camera: Camera, onWritten: () => void): Promise<void> {
    const name = this.#names.format(frame, camera);
    const path = join(this.#root, name);
    const partial = join(dirname(path), partialNameOf(name, camera.key));
    // An earlier picture with the same name may still be on its way.
    await this.#saving.get(partial)?.catch(() => undefined);
    const bytes = frame.jpeg.length;
    const write = () => this.#writeWhole(path, partial, frame, onWritten);
    const saving = this.#retention === undefined ? write().then(() => true) : this.#retention.write(name, bytes, write);
    this.#saving.set(partial, saving);
    try {
      if (await saving) camera.countWritten('save', bytes);
      else throw new CodedError('OUTPUT_FAILED', `Cannot save ${path}: ${this.#retention?.describeShortage()}`);
    } finally {
      this.#saving.delete(partial);
    }
  }

  /** Only whole pictures can be seen in the folder: the name appears when the bytes are there. */
  async #writeWhole(path: string, partial: string, frame: ReceivedFrame, onWritten: () => void): Promise<void> {
    try {
      await write(partial, frame.jpeg);
      if (isDueOnDisk(frame)) {
        onWritten();
        await this.#committer.commit({ partial, path });
      } else await rename(partial, path);
    } catch (error) {
      await rm(partial, { force: true }).catch(() => undefined);
      const reason = await describeWriteError(error, path);
      // The folder may have been made for this file alone, and would take an inode.
      if (dirname(path) !== this.#root) await rmdir(dirname(path)).catch(() => undefined);
      throw new CodedError('OUTPUT_FAILED', `Cannot save ${path}: ${reason}`);
    }
  }
}

/** The temporary name of a picture. */
function partialNameOf(name: string, cameraKey: string): string {
  return `.${basename(name)}.${cameraKey}.part`;
}

/**
 * The final path of a picture that a killed receiver did not finish, by its temporary path;
 * undefined for other files.
 */
function wholeNameOf(path: string): string | undefined {
  const name = /^\.(.*\.jpe?g)\.[\w.-]+\.part$/i.exec(basename(path))?.[1];
  return name === undefined ? undefined : join(dirname(path), name);
}

/** Writes a file. Makes the folder for its first file. */
async function write(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(path, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await makeFolders(dirname(path));
    await writeFile(path, bytes);
  }
}
