import { type ChildProcess, spawn } from 'node:child_process';
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

/** A receiver with `--stdout framed`, read as it goes; `await using` kills it. */
export class FramedReader implements AsyncDisposable {
  readonly pictures: FramedPicture[] = [];
  /** Its standard error. */
  messages = '';
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;
  #pending: Buffer = Buffer.alloc(0);

  /** @param onPicture called for each as it comes */
  constructor(
    runtime: Runtime,
    args: readonly string[],
    onPicture: (picture: FramedPicture) => void = () => undefined,
  ) {
    const [command = '', ...words] = [...programCommand(runtime, 'image-receiver'), ...args, '--stdout', 'framed'];
    // Whatever happens to this process, it ends.
    this.#process = spawn(command, [...words, '--duration', '5m'], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#process.stdout?.on('data', (chunk: Buffer) => this.#read(chunk, onPicture));
    this.#process.stderr?.on('data', (chunk: Buffer) => {
      this.messages += chunk.toString();
    });
    this.#ended = new Promise((resolve) => this.#process.once('close', () => resolve()));
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
      this.pictures.push(picture);
      onPicture(picture);
    }
  }
}
