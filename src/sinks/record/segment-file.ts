import { Buffer } from 'node:buffer';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CodedError } from '../../errors.ts';
import { countBytes } from '../../protocol/byte-pieces.ts';
import { describeFileError } from '../../system/file-error.ts';
import { GroupCommit } from '../../system/group-commit.ts';
import type { DiskSync } from '../disk/disk-sync.ts';

/**
 * A file that grows by whole pieces. A piece that could be written only in part is cut off again.
 */
export class SegmentFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  /** Bytes of whole pieces; behind these there may be a part of a piece. */
  bytes = 0;
  #isTorn = false;
  /** Whether the name of the file is on the disk, and the name of its folder. */
  #hasName = false;
  readonly #disk: DiskSync;
  readonly #group = new GroupCommit(() => this.#syncAll());

  private constructor(path: string, handle: FileHandle, disk: DiskSync) {
    this.#path = path;
    this.#handle = handle;
    this.#disk = disk;
  }

  /** @throws the system's error where there is such a file, or none can be made */
  static async create(path: string, disk: DiskSync): Promise<SegmentFile> {
    return new SegmentFile(path, await open(path, 'wx'), disk);
  }

  /** Writes all pieces at the end, or none. @throws CodedError OUTPUT_FAILED */
  async append(...pieces: Uint8Array[]): Promise<void> {
    const wanted = countBytes(pieces);
    try {
      if (this.#isTorn) await this.#cut();
      const written = await this.#write(pieces, this.bytes);
      if (written < wanted) await this.#writeRest(pieces, written);
    } catch (error) {
      this.#isTorn = true;
      await this.#cut().catch(() => undefined);
      throw this.#failure(error);
    }
    this.bytes += wanted;
  }

  /** Overwrites the bytes at that position. @throws CodedError OUTPUT_FAILED */
  async replace(piece: Uint8Array, position: number): Promise<void> {
    try {
      await this.#write([piece], position);
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /**
   * Resolves when all bytes written by now are on the disk. Calls that come meanwhile share the
   * next sync.
   * @throws CodedError OUTPUT_FAILED
   */
  async sync(): Promise<void> {
    try {
      await this.#group.request();
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /**
   * Closes the file when all of it is on the disk.
   * @throws CodedError OUTPUT_FAILED; it is closed all the same
   */
  async close(): Promise<void> {
    try {
      if (this.#isTorn) await this.#cut();
      // Calls of `sync` that wait are done then as well.
      await this.#group.request();
    } catch (error) {
      throw this.#failure(error);
    } finally {
      await this.#handle.close().catch(() => undefined);
    }
  }

  async #syncAll(): Promise<void> {
    await this.#disk.file(this.#handle);
    if (this.#hasName) return;
    await this.#disk.folder(dirname(this.#path));
    await this.#disk.folder(dirname(dirname(this.#path)));
    this.#hasName = true;
  }

  async #write(pieces: Uint8Array[], position: number): Promise<number> {
    const { bytesWritten } = await this.#handle.writev(pieces, position);
    return bytesWritten;
  }

  /** A disk that is nearly full takes a part, and reports that it is full when it gets the rest. */
  async #writeRest(pieces: Uint8Array[], from: number): Promise<void> {
    const all = Buffer.concat(pieces);
    for (let written = from; written < all.length; ) {
      const more = await this.#write([all.subarray(written)], this.bytes + written);
      if (more === 0) throw new Error('the disk accepts no more bytes');
      written += more;
    }
  }

  async #cut(): Promise<void> {
    await this.#handle.truncate(this.bytes);
    this.#isTorn = false;
  }

  #failure(error: unknown): CodedError {
    return new CodedError('OUTPUT_FAILED', `Cannot write ${this.#path}: ${describeFileError(error)}`);
  }
}
