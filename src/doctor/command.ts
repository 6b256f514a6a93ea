import { execFile } from 'node:child_process';
import { access, constants, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { CommandResult } from './machine.ts';

const mostOutputBytes = 256 * 1024;
/** Where programs are looked for when the environment does not say. */
const usualPath = '/usr/local/bin:/usr/bin:/bin';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The absolute path of a program, undefined when there is none in the search path. */
export async function findCommand(command: string, environment: Environment): Promise<string | undefined> {
  // What lies about in the working folder is not what is meant, so that relative and empty entries do not count.
  for (const folder of (environment['PATH'] || usualPath).split(':').filter(isAbsolute)) {
    const path = join(folder, command);
    if (await isProgram(path)) return path;
  }
  return undefined;
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** Runs a program to its end, or until `signal` aborts. Its words are English, whatever the machine's language. */
export function runCommand(
  path: string,
  args: readonly string[],
  environment: Environment,
  signal: AbortSignal,
): Promise<CommandResult> {
  const env = { ...environment, LC_ALL: 'C' };
  return new Promise((resolve) => {
    execFile(path, args, { env, signal, killSignal: 'SIGKILL', maxBuffer: mostOutputBytes }, (error, output) =>
      resolve({ isGood: error === null, output }),
    );
  });
}
