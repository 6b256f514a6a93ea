import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { Readable, type Writable } from 'node:stream';
import { pause } from './abort.ts';
import type { ByteInput } from './byte-input.ts';
import { forChild } from './child-environment.ts';
import { LastLines } from './last-lines.ts';
import { StreamInput } from './stream-input.ts';

export interface ChildOptions {
  readonly environment: NodeJS.ProcessEnv;
  /** Keeps the variables for this program alone: systemd-notify needs NOTIFY_SOCKET. */
  readonly keepsOwnVariables?: boolean | undefined;
  /** Milliseconds from SIGTERM to SIGKILL. */
  readonly killAfterMs?: number | undefined;
  /**
   * Its standard input, in pieces. Its output is then discarded, and its standard error is read no
   * faster than people could.
   */
  readonly input?: readonly Uint8Array[] | undefined;
  /** Whether `write` gives it standard input while it runs. Its output is read all the same. */
  readonly isFed?: boolean | undefined;
}

export interface ChildEnd {
  /** Whether it ended by itself, with status 0. */
  readonly isGood: boolean;
  /** Words that follow its name: `ended with status 0`. */
  readonly how: string;
}

type Running = ChildProcessByStdio<Writable | null, Readable | null, Readable>;

const defaultKillAfterMs = 5000;
/**
 * How long a pipe may stay open and silent after the end of the program, because a program that it
 * started still has the pipe.
 */
const lingerMs = 1000;
/**
 * Of a program whose standard error is sampled: the pause between two chunks, and how much of each
 * is read.
 */
const chunkPauseMs = 100;
const chunkBytes = 4096;

const alive = new Set<Child>();

/** Kills all children: this program is about to end at once. */
export function killChildren(): void {
  for (const child of alive) child.kill();
}

/**
 * A program that this one runs. It reads nothing, unless there is an input or it is fed. Its output is read as
 * the caller asks for it, and the program waits meanwhile. Of its standard error the last lines are
 * kept. It ends with this program, unless this one is killed.
 */
export class Child {
  readonly #process: Running;
  readonly #killAfterMs: number;
  readonly #said = new LastLines();
  readonly #over = new AbortController();
  readonly #heardOut: Promise<void>;
  #end: ChildEnd = { isGood: false, how: 'goes on' };
  #hasMoved = false;
  #stopping: Promise<void> | undefined;

  /** @throws Error of the system, when it cannot be started */
  static async start(path: string, args: readonly string[], options: ChildOptions): Promise<Child> {
    // It leads a process group of its own: programs that it starts end with it, and Ctrl-C reaches
    // this program alone.
    const hasInput = options.input !== undefined;
    const isFed = options.isFed === true;
    const running = spawn(path, args, {
      env: options.keepsOwnVariables ? options.environment : forChild(options.environment),
      stdio: [hasInput || isFed ? 'pipe' : 'ignore', hasInput ? 'ignore' : 'pipe', 'pipe'],
      detached: true,
    }) as Running;
    const spawned = once(running, 'spawn');
    // Where no file descriptors are left, it has no pipes, and an error follows.
    const hasPipes = Boolean((hasInput || running.stdout) && (!(hasInput || isFed) || running.stdin) && running.stderr);
    const child = hasPipes ? new Child(running, options) : undefined;
    await spawned;
    if (child === undefined) throw new Error('it has no pipes');
    return child;
  }

  private constructor(running: Running, { killAfterMs = defaultKillAfterMs, input, isFed }: ChildOptions) {
    this.#process = running;
    this.#killAfterMs = killAfterMs;
    if (input === undefined && !isFed) running.stderr.on('data', (chunk: Uint8Array) => this.#said.add(chunk));
    else this.#sampleErrors();
    this.#heardOut = new Promise((resolve) => running.stderr.once('close', resolve));
    // A pipe that breaks ends like a pipe that is closed.
    for (const pipe of [running.stdin, running.stdout, running.stderr]) pipe?.on('error', () => undefined);
    if (alive.size === 0) process.once('exit', killChildren);
    alive.add(this);
    const finish = (end: ChildEnd) => {
      this.#end = end;
      this.#over.abort();
      running.stdin?.destroy();
      this.#releasePipes();
    };
    running.once('exit', (code, signal) => {
      finish({ isGood: code === 0, how: signal === null ? `ended with status ${code}` : `was ended by ${signal}` });
    });
    running.on('error', () => {
      if (running.pid === undefined) finish({ isGood: false, how: 'could not be started' });
    });
    for (const part of input ?? []) running.stdin?.write(part);
    if (!isFed) running.stdin?.end();
  }

  /**
   * Gives it these bytes on standard input, in one piece. Bytes that it does not read wait: the
   * caller limits them.
   */
  write(...parts: readonly Uint8Array[]): void {
    const { stdin } = this.#process;
    if (stdin === null || !stdin.writable) return;
    stdin.cork();
    for (const part of parts) stdin.write(part);
    stdin.uncork();
  }

  /** Bytes that wait for it to read them. */
  get unreadBytes(): number {
    return this.#process.stdin?.writableLength ?? 0;
  }

  /** Its standard input ends, so that it may end by itself. */
  closeInput(): void {
    this.#process.stdin?.end();
  }

  /** The last lines of its standard error, in one; empty when it wrote none. */
  get lastWords(): string {
    return this.#said.text;
  }

  /**
   * Its standard output. Ends with the program, or when the program closes it, or on `stop`. To be
   * read once.
   */
  async *output(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const chunk of (this.#process.stdout ?? []) as AsyncIterable<Uint8Array>) {
        this.#hasMoved = true;
        yield chunk;
      }
    } catch {
      // The pipe was taken away: the reason is known where that was done.
    }
  }

  /** The same, for a reader that the bytes come to by themselves. */
  get input(): ByteInput {
    const input = new StreamInput(this.#process.stdout ?? Readable.from([]));
    return {
      open: ({ chunk, ended }) =>
        input.open({
          chunk: (bytes) => {
            this.#hasMoved = true;
            return chunk(bytes);
          },
          // Where the pipe was taken away, the reason is known there.
          ended: () => ended(),
        }),
      resume: () => input.resume(),
      close: () => input.close(),
    };
  }

  /** Aborts when it has ended. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Says how it ended; undefined when it goes on for longer than that. */
  async ended(timeoutMs: number): Promise<ChildEnd | undefined> {
    await pause(timeoutMs, this.#over.signal);
    if (!this.#over.signal.aborted) return undefined;
    // Its last lines may come after its end.
    const isHeard = new AbortController();
    void this.#heardOut.then(() => isHeard.abort());
    await pause(lingerMs, isHeard.signal);
    return this.#end;
  }

  /** Ends it by SIGTERM, then by SIGKILL. Resolves when it is gone, or has survived both. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const isOver = this.#over.signal;
    this.#kill('SIGTERM');
    await pause(this.#killAfterMs, isOver);
    this.kill();
    // A program that hangs within the kernel survives SIGKILL.
    await pause(this.#killAfterMs, isOver);
    const { stdin, stdout, stderr } = this.#process;
    for (const pipe of [stdin, stdout, stderr]) pipe?.destroy();
    alive.delete(this);
    if (alive.size === 0) process.removeListener('exit', killChildren);
  }

  /** Kills it and all programs that it has started, at once. */
  kill(): void {
    this.#kill('SIGKILL');
  }

  #kill(signal: NodeJS.Signals): void {
    const { pid } = this.#process;
    if (pid === undefined) return;
    try {
      // This kills the whole group, also when its leader has ended. (And Deno's child.kill() does
      // nothing the second time.)
      process.kill(-pid, signal);
    } catch {
      // The whole group is gone.
    }
  }

  /** A program that floods its standard error costs nothing: it waits. */
  #sampleErrors(): void {
    const { stderr } = this.#process;
    stderr.on('data', (chunk: Uint8Array) => {
      this.#said.add(chunk.subarray(-chunkBytes));
      stderr.pause();
      setTimeout(() => stderr.resume(), chunkPauseMs).unref();
    });
  }

  #releasePipes(): void {
    const { stdout, stderr } = this.#process;
    const timer = setInterval(() => {
      const isSilent = !this.#hasMoved && !stdout?.readableLength;
      this.#hasMoved = false;
      if (!isSilent && !stdout?.destroyed) return;
      clearInterval(timer);
      stdout?.destroy();
      stderr.destroy();
    }, lingerMs);
    timer.unref();
  }
}
