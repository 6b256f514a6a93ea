import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runChild } from './child.ts';

/** A pipe whose reader reads when the test says so. */
export class TrialPipe {
  readonly #directory: string;
  readonly #reader: FileHandle;
  readonly #writer: FileHandle;

  static async open(): Promise<TrialPipe> {
    const directory = await mkdtemp(join(tmpdir(), 'pipe-'));
    const path = join(directory, 'pipe');
    await runChild('mkfifo', [path], 10_000);
    const [reader, writer] = await Promise.all([open(path, 'r'), open(path, 'w')]);
    return new TrialPipe(directory, reader, writer);
  }

  private constructor(directory: string, reader: FileHandle, writer: FileHandle) {
    this.#directory = directory;
    this.#reader = reader;
    this.#writer = writer;
  }

  /** The end to write to. */
  get descriptor(): number {
    return this.#writer.fd;
  }

  /** The next bytes, so many: waits for them. */
  async read(bytes: number): Promise<Uint8Array> {
    const read = new Uint8Array(bytes);
    for (let at = 0; at < bytes; ) at += (await this.#reader.read(read, at, bytes - at, null)).bytesRead;
    return read;
  }

  /** The reader goes away. */
  async closeReader(): Promise<void> {
    await this.#reader.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.close().catch(() => undefined);
    await this.#writer.close();
    await rm(this.#directory, { recursive: true });
  }
}
