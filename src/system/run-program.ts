import { joinBytes } from '../protocol/byte-pieces.ts';
import { onAbort } from './abort.ts';
import { Child } from './child.ts';
import { describeFileError } from './file-error.ts';

export interface ProgramOptions {
  readonly environment: NodeJS.ProcessEnv;
  /** As in `ChildOptions`. */
  readonly keepsOwnVariables?: boolean | undefined;
  /** Longest run: milliseconds. */
  readonly timeoutMs: number;
  /** Ends the program when it aborts. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from SIGTERM to SIGKILL. */
  readonly killAfterMs?: number | undefined;
}

export interface ProgramResult {
  /** The standard output, up to a limit. */
  readonly output: string;
  /**
   * Why the program did no good, in words that follow its name; undefined where it ended with
   * status 0.
   */
  readonly failure: string | undefined;
}

/** A program that prints more is ended: what is asked for here is far shorter. */
const maxOutputBytes = 64 * 1024;
/** How long a program may go on after it has closed its standard output. */
const farewellMs = 1000;

/**
 * Runs a program to its end, which is no later than the time-out. It reads nothing. Never throws.
 */
export async function runProgram(
  path: string,
  args: readonly string[],
  { environment, keepsOwnVariables, timeoutMs, signal, killAfterMs }: ProgramOptions,
): Promise<ProgramResult> {
  let child: Child;
  try {
    child = await Child.start(path, args, { environment, keepsOwnVariables, killAfterMs });
  } catch (error) {
    return { output: '', failure: `could not be started: ${describeFileError(error)}` };
  }
  const stopWatching = signal === undefined ? () => undefined : onAbort(signal, () => void child.stop());
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    void child.stop();
  }, timeoutMs);
  try {
    const { output, isCut } = await readOutput(child);
    const end = await child.ended(isCut ? 0 : farewellMs);
    if (isLate) return { output, failure: `did not end within ${timeoutMs / 1000} s` };
    if (end === undefined) return { output, failure: isCut ? `printed more than ${maxOutputBytes} bytes` : undefined };
    return { output, failure: end.isGood ? undefined : withLastWords(end.how, child.lastWords) };
  } finally {
    clearTimeout(timer);
    stopWatching();
    await child.stop();
  }
}

async function readOutput(child: Child): Promise<{ readonly output: string; readonly isCut: boolean }> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of child.output()) {
    pieces.push(piece.subarray(0, maxOutputBytes - bytes));
    bytes += piece.length;
    if (bytes > maxOutputBytes) break;
  }
  return { output: new TextDecoder().decode(joinBytes(pieces)), isCut: bytes > maxOutputBytes };
}

function withLastWords(how: string, lastWords: string): string {
  return lastWords === '' ? how : `${how}; it said: ${lastWords}`;
}
