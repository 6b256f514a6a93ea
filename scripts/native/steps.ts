import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where one step of a build works, and how it runs its commands. */
export interface Step {
  /** The step's own folder; empty at its start. */
  folder: string;
  /** Runs a command to its end, its output going to the step's log; a bad exit status throws. */
  run: (command: string, args: readonly string[], options?: StepOptions) => Promise<void>;
}

export interface StepOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
}

/** A chain of steps in a work folder, each done once for as long as nothing that shapes it changes. */
export interface StepRunner {
  /** Runs `body` unless the step was finished before with the same `inputs` and the same steps before it. */
  runStep: (name: string, inputs: unknown, body: (step: Step) => Promise<void>) => Promise<string>;
}

const LOG_TAIL_LINES = 20;

/** `title` stands before each progress line; `seed` is what shapes every step; `env` is added for every command. */
export function startSteps(workFolder: string, title: string, seed: string, env: NodeJS.ProcessEnv): StepRunner {
  const chain = createHash('sha256').update(seed);
  return {
    async runStep(name, inputs, body) {
      chain.update(`${name}\n${JSON.stringify(inputs)}\n`);
      const hash = chain.copy().digest('hex');
      const folder = join(workFolder, name);
      const stamp = join(workFolder, `${name}.done`);
      if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === hash) return folder;
      await rm(stamp, { force: true });
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      const log = join(workFolder, `${name}.log`);
      await rm(log, { force: true });
      const line = new StepLine(`${title}: ${name}`);
      try {
        await body({
          folder,
          run: (command, args, options) =>
            runLogged(command, args, log, line, { cwd: folder, ...options, env: { ...env, ...options?.env } }),
        });
      } catch (error) {
        await line.fail(log);
        throw error;
      }
      line.finish();
      await writeFile(stamp, hash);
      return folder;
    },
  };
}

/** One line on standard error for one step: what, how far (on a terminal), how long. */
class StepLine {
  readonly #title: string;
  readonly #started = Date.now();
  readonly #live = process.stderr.isTTY === true;

  constructor(title: string) {
    this.#title = title;
    if (this.#live) process.stderr.write(`${title} ...`);
  }

  /** Takes the newest piece of ninja's "[12/345]" from a command's output. */
  update(output: string): void {
    if (!this.#live) return;
    const last = [...output.matchAll(/^\[(\d+)\/(\d+)\]/gm)].at(-1);
    if (last === undefined) return;
    const percent = Math.floor((100 * Number(last[1])) / Number(last[2]));
    process.stderr.write(`\r${this.#title} ... ${percent} % (${this.#seconds()} s)\x1b[K`);
  }

  finish(): void {
    process.stderr.write(`${this.#live ? '\r\x1b[K' : ''}${this.#title}: ${this.#seconds()} s\n`);
  }

  async fail(log: string): Promise<void> {
    const text = existsSync(log) ? await readFile(log, 'utf8') : '';
    const tail = text.trimEnd().split('\n').slice(-LOG_TAIL_LINES);
    process.stderr.write(`${this.#live ? '\r\x1b[K' : ''}${this.#title}: failed; the end of ${log}:\n`);
    process.stderr.write(`${tail.map((one) => `  ${one}`).join('\n')}\n`);
  }

  #seconds(): number {
    return Math.round((Date.now() - this.#started) / 1000);
  }
}

function runLogged(
  command: string,
  args: readonly string[],
  log: string,
  line: StepLine,
  options: StepOptions,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const out = createWriteStream(log, { flags: 'a' });
    out.write(`+ ${command} ${args.join(' ')}\n`);
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, LC_ALL: 'C', ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const take = (text: string) => {
      out.write(text);
      line.update(text);
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.on('error', (error) =>
      out.end(`${error.message}\n`, () => reject(new Error(`Cannot run ${command}: ${error.message}`))),
    );
    child.on('close', (code) =>
      out.end(() => (code === 0 ? resolve() : reject(new Error(`${command} ended with ${code}: see ${log}`)))),
    );
  });
}
