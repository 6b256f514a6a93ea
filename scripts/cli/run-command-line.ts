import process from 'node:process';
import { describeError } from './describe-error.ts';

export interface CommandLine<T> {
  /** As after `npm run`. */
  readonly name: string;
  readonly usage: string;
  /** @throws Error where the command line is wrong */
  read(args: readonly string[]): T;
  /** @returns the exit code */
  run(options: T): Promise<number>;
}

/** Runs a command: `--help` prints its usage, an error has no stack trace, and is exit code 2. */
export async function runCommandLine<T>({ name, usage, read, run }: CommandLine<T>): Promise<void> {
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  let hint = `\n${usage}`;
  try {
    const options = read(args);
    hint = '';
    process.exitCode = await run(options);
  } catch (error) {
    process.stderr.write(`${name}: ${describeError(error)}${hint}\n`);
    process.exitCode = 2;
  }
}
