import { spawn } from 'node:child_process';
import { endWithProcess } from '../cli/end-with-process.ts';

export interface CommandOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Ends the command (SIGKILL) after so many milliseconds. */
  timeoutMs?: number;
  /** Called with each piece of standard output and standard error as it comes. */
  onOutput?: (text: string) => void;
}

export interface CommandResult {
  /** Exit status; 128 and more when a signal ended the command, 127 when it could not be started. */
  status: number;
  stdout: string;
  stderr: string;
}

const DEFAULT_TIMEOUT_MS = 30 * 60_000;

/** Runs a command to its end without a shell and gives what it wrote; a bad exit status is no error here. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const spawned = spawn(command, args, {
      cwd: options.cwd,
      // One language for every tool, so that its messages can be recognised.
      env: { ...process.env, LC_ALL: 'C', ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    const child = endWithProcess(spawned);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      options.onOutput?.(text);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      options.onOutput?.(text);
    });
    child.on('error', (error) => resolve({ status: 127, stdout, stderr: `${stderr}${error.message}\n` }));
    child.on('close', (code) => resolve({ status: code ?? 137, stdout, stderr }));
  });
}

/** Like runCommand, but a bad exit status throws an Error of one line: `doing`, the status and the command's last words. */
export async function requireCommand(
  doing: string,
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const result = await runCommand(command, args, options);
  if (result.status === 0) return result.stdout;
  throw new Error(`${doing} failed: ${command} ended with ${result.status}: ${lastWords(result)}`);
}

/** The lines of a result that say what went wrong, joined into one. */
export function lastWords(result: CommandResult): string {
  const lines = `${result.stdout}\n${result.stderr}`.split('\n').map((line) => line.trim());
  const telling = lines.filter((line) => /^(E:|.*\berror\b)/i.test(line));
  const chosen = telling.length > 0 ? telling : lines.filter((line) => line !== '');
  return chosen.slice(-3).join(' | ') || 'it said nothing';
}
