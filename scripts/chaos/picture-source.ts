import { close, open } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { requireCommand } from '../debian/command.ts';

// Plain descriptors: the socket closes its own, and a FileHandle would close it again.
const openFile = promisify(open);
const closeFile = promisify(close);

export interface PictureSourceOptions {
  /** Names the pipe; unlike every other. */
  readonly name: string;
  readonly intervalMs: number;
  /** The picture of that number, from 1. */
  make(number: number): Uint8Array;
}

/**
 * Writes pictures into a pipe, one each interval, for the standard input of a sender. While the pipe is full it writes
 * none, as a program in front of `image-sender pipe` would.
 */
export class PictureSource {
  readonly #options: PictureSourceOptions;
  /** Descriptor of the end that the sender reads. */
  readonly stdin: number;
  readonly #output: Socket;
  #timer: NodeJS.Timeout | undefined;
  #written = 0;

  private constructor(options: PictureSourceOptions, stdin: number, output: number) {
    this.#options = options;
    this.stdin = stdin;
    this.#output = new Socket({ fd: output, readable: false, writable: true });
    // The reader may be killed at any time.
    this.#output.on('error', () => this.#stopTimer());
  }

  static async open(options: PictureSourceOptions): Promise<PictureSource> {
    const path = join(tmpdir(), `${options.name}.fifo`);
    await requireCommand('Making a pipe', 'mkfifo', [path]);
    try {
      // Each end waits for the other.
      const [input, output] = await Promise.all([openFile(path, 'r'), openFile(path, 'w')]);
      return new PictureSource(options, input, output);
    } finally {
      await rm(path, { force: true });
    }
  }

  /** Pictures that went into the pipe. */
  get written(): number {
    return this.#written;
  }

  /** Begins to write. Our own copy of the end that the sender reads is closed. */
  async start(): Promise<void> {
    await closeFile(this.stdin);
    this.#timer = setInterval(() => this.#write(), this.#options.intervalMs);
  }

  /** Writes no more; returns when all that was written is in the pipe, or the reader is gone. */
  async end(): Promise<void> {
    this.#stopTimer();
    if (this.#output.destroyed) return;
    this.#output.end();
    await new Promise<void>((resolve) => this.#output.once('close', () => resolve()));
  }

  /** The reader is dead: what is in the pipe is gone. */
  abandon(): void {
    this.#stopTimer();
    this.#output.destroy();
  }

  #stopTimer(): void {
    clearInterval(this.#timer);
  }

  #write(): void {
    if (this.#output.destroyed || this.#output.writableNeedDrain) return;
    this.#output.write(this.#options.make(++this.#written));
  }
}
