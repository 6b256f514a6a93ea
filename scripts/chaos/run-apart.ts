import { spawn } from 'node:child_process';
import process from 'node:process';
import { stoppedByUser } from '../cli/stopped.ts';

/** Time limits are for machines that do much else meanwhile: see test/support/speed.ts. */
const defaultSlowdown = '4';

/**
 * Runs a command apart from the terminal: Ctrl-C does not reach the programs that it starts, and ends its standard input. It
 * is to end then by itself, with its summary. It ends in any case with this process.
 * @returns its exit code
 */
export function runApart(command: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<number> {
  const args = ['--pdeathsig', 'KILL', ...command];
  const env = { TEST_SLOWDOWN: defaultSlowdown, ...process.env, ...more };
  const child = spawn('setpriv', args, { stdio: ['pipe', 'inherit', 'inherit'], env, detached: true });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.stdin.end());
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

/** In a command that runs apart: aborted with `stoppedByUser` when it is to end before its time. */
export function watchEnd(): AbortController {
  const stop = new AbortController();
  process.stdin.once('end', () => stop.abort(stoppedByUser)).resume();
  return stop;
}
