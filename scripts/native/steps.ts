import { spawn } from 'node:child_process';
import { createHash, type Hash } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endWithProcess } from '../cli/end-with-process.ts';
import { BuildProgress, type StepProgress } from './progress.ts';

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
  /** A chain that goes on from here, beside this one. */
  fork: () => StepRunner;
  /** Waits for chains that run side by side. If one fails, ends the commands of the others and throws its error. */
  waitForAll: <T extends readonly unknown[]>(chains: { [K in keyof T]: Promise<T[K]> }) => Promise<T>;
}

const LOG_TAIL_LINES = 20;

/** `title` stands before each progress line; `seed` is what shapes every step; `env` is added for every command. */
export function startSteps(workFolder: string, title: string, seed: string, env: NodeJS.ProcessEnv): StepRunner {
  const stop = new AbortController();
  const around = { workFolder, env, progress: new BuildProgress(title), stop };
  return continueSteps(around, createHash('sha256').update(seed));
}

interface Around {
  readonly workFolder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly progress: BuildProgress;
  readonly stop: AbortController;
}

function continueSteps(around: Around, chain: Hash): StepRunner {
  const { workFolder, env, progress, stop } = around;
  return {
    async runStep(name, inputs, body) {
      chain.update(`${name}\n${JSON.stringify(inputs)}\n`);
      const hash = chain.copy().digest('hex');
      const folder = join(workFolder, name);
      const stamp = join(workFolder, `${name}.done`);
      if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === hash) return folder;
      stop.signal.throwIfAborted();
      await rm(stamp, { force: true });
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      const log = join(workFolder, `${name}.log`);
      await rm(log, { force: true });
      const running = progress.start(name);
      try {
        await body({
          folder,
          run: (command, args, options) =>
            runLogged(command, args, log, running, stop.signal, {
              cwd: folder,
              ...options,
              env: { ...env, ...options?.env },
            }),
        });
      } catch (error) {
        if (stop.signal.aborted) progress.stop(running);
        else progress.fail(running, log, await readTail(log));
        throw error;
      }
      progress.finish(running);
      await writeFile(stamp, hash);
      return folder;
    },
    fork: () => continueSteps(around, chain.copy()),
    async waitForAll(chains) {
      const all = chains.map((chain) => chain.catch((error: unknown) => stop.abort(error)));
      await Promise.all(all);
      stop.signal.throwIfAborted();
      return (await Promise.all(chains)) as never;
    },
  };
}

async function readTail(log: string): Promise<string[]> {
  const text = existsSync(log) ? await readFile(log, 'utf8') : '';
  return text.trimEnd().split('\n').slice(-LOG_TAIL_LINES);
}

function runLogged(
  command: string,
  args: readonly string[],
  log: string,
  progress: StepProgress,
  signal: AbortSignal,
  options: StepOptions,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const out = createWriteStream(log, { flags: 'a' });
    out.write(`+ ${command} ${args.join(' ')}\n`);
    const spawned = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, LC_ALL: 'C', ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
    });
    const child = endWithProcess(spawned);
    const take = (text: string) => {
      out.write(text);
      progress.update(text);
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
