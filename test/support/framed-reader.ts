import { type ChildProcess, spawn } from 'node:child_process';
import process from 'node:process';
import { programCommand, type Runtime } from './programs.ts';

/** A picture as `--stdout framed` hands it over, and the line before it. */
export interface FramedPicture {
  readonly facts: {
    readonly camera: string;
    readonly stream: string | null;
    readonly sequence: number;
    readonly bytes: number;
    readonly latencyMs: number | null;
    readonly batchIndex?: number;
    readonly batchLength?: number;
    readonly groupSequence?: number;
  };
  readonly jpeg: Uint8Array;
}

export interface FramedReaderOptions {
  /** As `--duration`. */
  readonly duration?: string;
  /** The pictures of a run of hours would fill the memory: they go to `onPicture` alone. */
  readonly forgetsPictures?: boolean;
}

/** A receiver with `--stdout framed`, read as it goes; `await using` kills it. */
export class FramedReader implements AsyncDisposable {
  readonly pictures: FramedPicture[] = [];
  /** Its standard error. */
  messages = '';
  readonly #process: ChildProcess;
  readonly #ended: Promise<number | null>;
  readonly #forgetsPictures: boolean;
  #pending: Buffer = Buffer.alloc(0);

  /** @param onPicture called for each as it comes */
  constructor(
    runtime: Runtime,
    args: readonly string[],
    onPicture: (picture: FramedPicture) => void = () => undefined,
    { duration = '5m', forgetsPictures = false }: FramedReaderOptions = {},
  ) {
    this.#forgetsPictures = forgetsPictures;
    const [command = '', ...words] = [...programCommand(runtime, 'image-receiver'), ...args, '--stdout', 'framed'];
    // Whatever happens to this process, it ends.
    this.#process = spawn(command, [...words, '--duration', duration], { stdio: ['ignore', 'pipe', 'pipe'] });
    const kill = () => this.#process.kill('SIGKILL');
    process.once('exit', kill);
    this.#process.once('close', () => process.off('exit', kill));
    this.#process.stdout?.on('data', (chunk: Buffer) => this.#read(chunk, onPicture));
    this.#process.stderr?.on('data', (chunk: Buffer) => {
      this.messages += chunk.toString();
    });
    this.#ended = new Promise((resolve) => this.#process.once('close', (code) => resolve(code)));
  }

  /** Process id; undefined where the program could not be started. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** SIGTERM; returns its exit code, or null where a signal ended it. */
  stop(): Promise<number | null> {
    this.#process.kill('SIGTERM');
    return this.#ended;
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }

  #read(chunk: Buffer, onPicture: (picture: FramedPicture) => void): void {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    for (;;) {
      const end = this.#pending.indexOf(0x0a);
      if (end < 0) return;
      const facts = JSON.parse(this.#pending.subarray(0, end).toString()) as FramedPicture['facts'];
      if (this.#pending.length < end + 1 + facts.bytes) return;
      const picture = { facts, jpeg: this.#pending.subarray(end + 1, end + 1 + facts.bytes) };
      this.#pending = this.#pending.subarray(end + 1 + facts.bytes);
      if (!this.#forgetsPictures) this.pictures.push(picture);
      onPicture(picture);
    }
  }
}
