import { Console } from 'node:console';
import process from 'node:process';
import { CodedError, formatError } from '../errors.ts';
import { parseCommandLine, type Run } from '../options/command-line.ts';
import type { CommandLine } from '../options/commands.ts';
import { onAbort } from '../system/abort.ts';
import { killChildren } from '../system/child.ts';
import { collectEarly } from '../system/memory.ts';
import { printText } from '../system/print.ts';
import { isDeno } from '../system/runtime.ts';
import { onEndSignal } from '../system/signals.ts';
import { type ExitCode, findExitCode } from './exit-codes.ts';
import { findOpenFiles } from './open-files.ts';
import { Terminal } from './terminal.ts';

/** Longest from the wish to stop to the end. */
const stopTimeoutMs = 20_000;
/**
 * Signals that come sooner after each other are one: `timeout` sends its own to the program and to
 * its group.
 */
const togetherMs = 300;

/**
 * A program's work. Throws on failure; returns soon after `stop` aborts, by a signal or by itself.
 * With an exit code, the messages have said why; undefined: all went well.
 */
export type Work = (run: Run, terminal: Terminal, stop: AbortController) => Promise<ExitCode | undefined>;

/** The work of each command. */
export interface Works {
  /** Of a command line that begins with `service`, whatever its command is. */
  readonly service: Work;
  /** Of the commands that these names have. */
  readonly commands?: Readonly<Record<string, Work>>;
  /** Of all others, or where a program has no commands. */
  readonly main: Work;
}

/**
 * Runs a program from its arguments to its exit. Signals, arguments and exit codes are dealt with
 * here and nowhere else.
 */
export async function startProgram(commandLine: CommandLine, works: Works): Promise<never> {
  // Reads of a stuck camera must not starve files and names of libuv's threads; it looks at this
  // once, at its first work.
  process.env['UV_THREADPOOL_SIZE'] ??= '12';
  collectEarly();
  // Messages of libraries must not get between the lines and pictures on standard output.
  globalThis.console = new Console(process.stderr, process.stderr);
  const terminal = new Terminal(commandLine.program);
  const stop = new AbortController();
  onAbort(stop.signal, () => setTimeout(() => giveUp(terminal), stopTimeoutMs).unref());
  let askedMs = 0;
  onEndSignal(() => {
    // A second signal means now. An exit would wait for threads, which may be the ones that hang.
    if (stop.signal.aborted && performance.now() - askedMs > togetherMs) killAll();
    if (!stop.signal.aborted) askedMs = performance.now();
    stop.abort();
  });
  process.on('uncaughtException', (error: NodeJS.ErrnoException) => {
    // Under Deno a socket that a library has let go of still says that it was reset.
    if (isDeno() && error.code === 'ECONNRESET' && error.syscall === 'read') return;
    terminal.stopLive();
    terminal.error(describeError(error));
    process.exit(1);
  });
  let code: ExitCode = 0;
  try {
    const parsed = await parseCommandLine(commandLine, process.argv.slice(2));
    if ('text' in parsed) await printText(parsed.text);
    else {
      for (const line of findOpenFiles(commandLine, parsed.options)) terminal.warn(line);
      code = (await findWork(works, parsed)(parsed, terminal, stop)) ?? 0;
    }
    // A sink that cannot go on stops the program with its reason.
    if (stop.signal.reason instanceof CodedError) throw stop.signal.reason;
  } catch (error) {
    terminal.stopLive();
    code = findExitCode(error);
    terminal.error(describeError(error));
  }
  process.exit(code);
}

function findWork({ service, commands = {}, main }: Works, { isService, command = '' }: Run): Work {
  return isService ? service : (commands[command] ?? main);
}

/** A thread that hangs in the kernel (a dead network disk) would keep even an exit waiting. */
function giveUp(terminal: Terminal): void {
  terminal.error(`Cannot end as some work still hangs after ${stopTimeoutMs / 1000} s; killed`);
  killAll();
}

function killAll(): void {
  killChildren();
  process.kill(process.pid, 'SIGKILL');
}

function describeError(error: unknown): string {
  if (error instanceof CodedError) return formatError(error);
  const { stack, message } = error instanceof Error ? error : new Error(String(error));
  return `This is a fault of the program, please report it: ${(stack ?? message).replaceAll(/\n\s*/g, ' | ')}`;
}
