import { constants, type FileHandle, open } from 'node:fs/promises';
import type { FileReader } from '../../matroska/matroska-reader.ts';

/** Reads a file as long as it was when it was opened. */
export class DiskFileReader implements FileReader {
  readonly #handle: FileHandle;
  readonly bytes: number;

  private constructor(handle: FileHandle, bytes: number) {
    this.#handle = handle;
    this.bytes = bytes;
  }

  /** Follows no symbolic link. @throws the system's error */
  static async open(path: string): Promise<DiskFileReader> {
    // Without O_NONBLOCK a named pipe would block.
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stats = await handle.stat();
    return new DiskFileReader(handle, stats.isFile() ? stats.size : 0);
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    const wanted = Math.max(0, Math.min(length, this.bytes - position));
    const buffer = new Uint8Array(wanted);
    let read = 0;
    while (read < wanted) {
      const { bytesRead } = await this.#handle.read(buffer, read, wanted - read, position + read);
      if (bytesRead === 0) break;
      read += bytesRead;
    }
    return buffer.subarray(0, read);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}
