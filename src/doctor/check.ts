import { replaceUnprintable } from '../protocol/unprintable.ts';
import { quoteWord } from '../system/shell-word.ts';

/**
 * The state of one thing: good; wrong, but pictures can be sent; so wrong that no picture can be
 * sent; unknown.
 */
export type CheckState = 'ok' | 'warning' | 'missing' | 'unknown';

export type CheckName =
  | 'machine'
  | 'program'
  | 'OpenCV'
  | 'rpicam'
  | 'camera'
  | 'rights'
  | 'clock'
  | 'power'
  | 'receiver'
  | 'NATS';

/** One command that repairs something. */
export interface Fix {
  readonly command: string;
  /** The machine to type it on; undefined: this one. */
  readonly on: string | undefined;
}

/** One thing that was looked at. */
export interface Check {
  readonly name: CheckName;
  readonly state: CheckState;
  /** One line for a person, without control characters. */
  readonly detail: string;
  readonly fix: Fix | undefined;
}

const maxDetailLength = 400;

/**
 * Makes a check. Its texts may come from cameras, files and other machines, so that they are
 * cleaned.
 */
export function makeCheck(name: CheckName, state: CheckState, detail: string, fix?: Fix): Check {
  const line = replaceUnprintable(detail);
  return {
    name,
    state,
    detail: line.length > maxDetailLength ? `${line.slice(0, maxDetailLength)}...` : line,
    fix:
      fix === undefined
        ? undefined
        : { command: replaceUnprintable(fix.command), on: fix.on && replaceUnprintable(fix.on) },
  };
}

/** A command for this machine. */
export function typeHere(command: string): Fix {
  return { command, on: undefined };
}

/**
 * The same command with that option; replaces the value where the command has the option already.
 */
export function withOption(fix: Fix, name: string, value: string): Fix {
  return replaceOption(fix, name, ` --${name} ${quoteWord(value)}`);
}

/** The same command without that option, which has a value. */
export function withoutOption(fix: Fix, name: string): Fix {
  return replaceOption(fix, name, '');
}

/** Puts `words` in place of the option, or at the end where the command does not have it. */
function replaceOption({ command, on }: Fix, name: string, words: string): Fix {
  const pattern = new RegExp(` --${name} ('([^']|'\\\\'')*'|\\S+)|$`);
  return { command: command.replace(pattern, () => words), on };
}

/**
 * The value of an option of a command, quoted as it is there; undefined where the command does not
 * have the option.
 */
export function readOption(fix: Fix, name: string): string | undefined {
  return new RegExp(` --${name} ('(?:[^']|'\\\\'')*'|\\S+)`).exec(fix.command)?.[1];
}
