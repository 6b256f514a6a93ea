import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Writable } from 'node:stream';
import { scaleMs } from './speed.ts';
import { useOwnState } from './state-home.ts';

export type StreamName = 'stdout' | 'stderr';

export interface ChildOptions {
  /** Added to this process's environment; undefined removes a variable. */
  env?: Record<string, string | undefined>;
  cwd?: string;
  /** File descriptor of its standard input, or `pipe` for what the test writes to `input`; none without. */
  stdin?: number | 'pipe';
  /** Called with each line as it comes, without its line end. */
  onLine?: (line: string, stream: StreamName) => void;
  /** Lines of standard output go to `onLine` alone: those of a run of hours would fill the memory. */
  forgetsOutput?: boolean;
}

/** How a program ended: `code` is null where a signal ended it. */
export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
}

const KILL_AFTER_MS = scaleMs(5_000);
const TAIL_LINES = 15;

useOwnState();

// A test run that dies must not leave its programs behind.
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A running program whose lines can be awaited; `await using` stops it at the end of the block. */
export class Child {
  readonly #name: string;
  readonly #process: ChildProcess;
  readonly #lines: Record<StreamName, string[]> = { stdout: [], stderr: [] };
  readonly #cursor: Record<StreamName, number> = { stdout: 0, stderr: 0 };
  readonly #watchers = new Set<() => void>();
  readonly #ended: Promise<Ending>;
  #ending: Ending | undefined;
  #failure: Error | undefined;

  constructor(command: string, args: readonly string[], options: ChildOptions = {}) {
    this.#name = [command, ...args].join(' ').slice(0, 160);
    const env = { ...process.env, ...options.env };
    this.#process = spawn(command, args, { cwd: options.cwd, env, stdio: [options.stdin ?? 'ignore', 'pipe', 'pipe'] });
    for (const stream of ['stdout', 'stderr'] as const) {
      const input = this.#process[stream];
      if (input === null) continue;
      createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
        if (stream === 'stderr' || options.forgetsOutput !== true) this.#lines[stream].push(line);
        options.onLine?.(line, stream);
        this.#wake();
      });
    }
    running.add(this.#process);
    this.#ended = new Promise((resolve) => {
      const finish = (ending: Ending) => {
        running.delete(this.#process);
        this.#ending ??= ending;
        this.#wake();
        resolve(this.#ending);
      };
      this.#process.once('error', (error) => {
        this.#failure = error;
        if (this.#process.pid === undefined) finish({ code: null, signal: null });
      });
      this.#process.once('close', (code, signal) => finish({ code, signal }));
    });
  }

  /** Process id; throws where the program could not be started. */
  get pid(): number {
    if (this.#process.pid === undefined) throw this.#error('Cannot start');
    return this.#process.pid;
  }

  /** Its standard input; only with `stdin: 'pipe'`. */
  get input(): Writable {
    if (this.#process.stdin === null) throw this.#error('No standard input of');
    return this.#process.stdin;
  }

  /** Every line so far, without line ends. */
  lines(stream: StreamName): readonly string[] {
    return this.#lines[stream];
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** The next line of the stream that matches, after the last one awaited; throws at the time-out or at the program's end. */
  async waitForLine(stream: StreamName, pattern: RegExp, timeoutMs: number): Promise<RegExpMatchArray> {
    let found: RegExpMatchArray | undefined;
    const look = () => {
      const lines = this.#lines[stream];
      while (found === undefined && this.#cursor[stream] < lines.length) {
        found = lines[this.#cursor[stream]++]?.match(pattern) ?? undefined;
      }
      return found !== undefined || this.#ending !== undefined;
    };
    if (!(await this.#until(look, timeoutMs))) throw this.#error(`No line ${pattern} in ${timeoutMs} ms from`);
    if (found === undefined) throw this.#error(`No line ${pattern} before the end of`);
    return found;
  }

  /** Waits for the program's own end; throws at the time-out (the program goes on) and where it could not start. */
  async wait(timeoutMs: number): Promise<Ending> {
    if (!(await this.#until(() => this.#ending !== undefined, timeoutMs))) {
      throw this.#error(`No end in ${timeoutMs} ms of`);
    }
    if (this.#process.pid === undefined) throw this.#error('Cannot start');
    return this.#ended;
  }

  /** SIGTERM, then SIGKILL after 5 s; returns at once where it has ended. */
  async stop(): Promise<Ending> {
    if (this.#ending === undefined) {
      // A frozen program cannot act on SIGTERM.
      this.#process.kill('SIGCONT');
      this.#process.kill('SIGTERM');
      const timer = setTimeout(() => this.#process.kill('SIGKILL'), KILL_AFTER_MS);
      await this.#ended;
      clearTimeout(timer);
    }
    return this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #wake(): void {
    for (const watcher of this.#watchers) watcher();
  }

  /** True as soon as the condition holds, false at the time-out. */
  #until(condition: () => boolean, timeoutMs: number): Promise<boolean> {
    if (condition()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const settle = (result: boolean) => {
        clearTimeout(timer);
        this.#watchers.delete(watcher);
        resolve(result);
      };
      const watcher = () => {
        if (condition()) settle(true);
      };
      const timer = setTimeout(() => settle(false), timeoutMs);
      this.#watchers.add(watcher);
    });
  }

  #error(what: string): Error {
    const tail = [...this.#lines.stdout.slice(-TAIL_LINES), ...this.#lines.stderr.slice(-TAIL_LINES)];
    const end = this.#ending === undefined ? 'still running' : `ended with ${this.#ending.code ?? this.#ending.signal}`;
    const cause = this.#failure === undefined ? '' : ` (${this.#failure.message})`;
    return new Error(`${what} ${this.#name}: ${end}${cause}; its last lines:\n${tail.join('\n')}`);
  }
}

/** Runs a program to its end and returns its output; throws where it fails or the time-out passes. */
export async function runChild(
  command: string,
  args: readonly string[],
  timeoutMs: number,
  options: ChildOptions = {},
): Promise<{ stdout: string; stderr: string }> {
  await using child = new Child(command, args, options);
  const ending = await child.wait(timeoutMs);
  const stdout = child.lines('stdout').join('\n');
  const stderr = child.lines('stderr').join('\n');
  if (ending.code !== 0) {
    const name = [command, ...args].join(' ').slice(0, 300);
    throw new Error(
      `Cannot run ${name}: ended with ${ending.code ?? ending.signal}; it said:\n${stderr.slice(-2_000)}`,
    );
  }
  return { stdout, stderr };
}
