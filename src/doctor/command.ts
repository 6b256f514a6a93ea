import { execFile } from 'node:child_process';
import { onAbort } from '../system/abort.ts';
import type { CommandResult } from './machine.ts';

const maxOutputBytes = 256 * 1024;

/** Runs a program to its end, or until `signal` aborts. Its words are English, whatever the machine's language. */
export function runCommand(
  path: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<CommandResult> {
  const env = { ...environment, LC_ALL: 'C' };
  return new Promise((resolve) => {
    const limits = { maxBuffer: maxOutputBytes, killSignal: 'SIGKILL' } as const;
    const child = execFile(path, args, { env, ...limits }, (error, output) => {
      stopWatching();
      resolve({ isGood: error === null, output });
    });
    // As an option of execFile the signal would send SIGTERM, which a program may ignore.
    const stopWatching = onAbort(signal, () => {
      child.kill('SIGKILL');
      // What it has started may still have the other end.
      child.stdout?.destroy();
      child.stderr?.destroy();
    });
  });
}
