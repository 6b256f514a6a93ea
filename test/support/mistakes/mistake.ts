import type { Check } from '../../../src/doctor/check.ts';
import { type Child, runChild } from '../child.ts';
import { soonMs } from '../programs.ts';

/** Pairs of texts of a test, and of what the page has in their place. */
export type Names = readonly (readonly [text: string, onPage: string])[];

/** The message of a program about a mistake. */
export interface Told {
  readonly line: string;
  /** Undefined: it goes on. */
  readonly code: number | undefined;
  readonly names?: Names;
  /** The doctor's line about the receiver; undefined: it was not asked. */
  readonly doctor?: Check | undefined;
}

/** A mistake that users make. */
export interface Mistake {
  /** As on the page. */
  readonly name: string;
  /** Makes the mistake. */
  provoke(): Promise<Told>;
  /** Why it cannot be made here. */
  readonly skip?: string | false;
  /** The shell says it, as the program cannot start: the page alone has the command. */
  readonly isFromShell?: boolean;
}

/** How a program ended: with the one line that has a code of an error. */
export async function readEnd(child: Child): Promise<{ line: string; code: number }> {
  const { code } = await child.wait(3 * soonMs);
  const lines = child.lines('stderr').filter((line) => / \[[A-Z_]+\]$/.test(line));
  if (code === null || lines.length !== 1)
    throw new Error(`It ended with ${code}: ${child.lines('stderr').join('\n')}`);
  return { line: lines[0] ?? '', code };
}

/** The words of a shell about a program, and its exit code. */
export async function readShell(path: string): Promise<{ line: string; code: number }> {
  const { stdout } = await runChild('bash', ['-c', '"$0" 2>&1; echo $?', path], soonMs);
  const lines = stdout.split('\n');
  return { line: lines[0] ?? '', code: Number(lines.at(-1)) };
}
