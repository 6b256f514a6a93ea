import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import process from 'node:process';
import { isatty } from 'node:tty';
import { isDeno, isPackaged } from './runtime.ts';

const standardStreams = [0, 1, 2] as const;
/**
 * Deno ends the program at a signal without a listener, even where the system would ignore the
 * signal.
 */
const ignore = () => undefined;

/**
 * Calls `listener` for each signal that asks this program to end. A signal that was ignored at the
 * start stays ignored: SIGHUP under `nohup`, SIGINT in the background of a script. SIGTERM is never
 * ignored. To be called before anything else listens to signals.
 */
export function onEndSignal(listener: () => void): void {
  const ignored = readIgnoredSignals();
  process.on('SIGTERM', listener);
  process.on('SIGINT', ignored.has(constants.signals.SIGINT) ? ignore : listener);
  process.on('SIGHUP', ignored.has(constants.signals.SIGHUP) || isWithoutTerminal() ? ignore : listener);
}

/** The signals that the system ignores for this program, by number. */
function readIgnoredSignals(): ReadonlySet<number> {
  try {
    return parseIgnoredSignals(readFileSync('/proc/self/status', 'utf8'));
  } catch {
    // Without /proc nothing is known about them.
    return new Set();
  }
}

/** @param status the text of /proc/self/status, which has a bit for each signal */
export function parseIgnoredSignals(status: string): ReadonlySet<number> {
  const bits = BigInt(`0x${/^SigIgn:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  return new Set(Object.values(constants.signals).filter((number) => ((bits >> BigInt(number - 1)) & 1n) === 1n));
}

/**
 * Whether SIGHUP cannot mean that a terminal is gone, as under `nohup`. This matters for plain Node
 * alone, which resets ignored signals to their defaults before any program starts. The Node of the
 * packages does not.
 */
function isWithoutTerminal(): boolean {
  return !isDeno() && !isPackaged() && !standardStreams.some((stream) => isatty(stream));
}
