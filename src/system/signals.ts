import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import process from 'node:process';
import { isatty } from 'node:tty';
import { isDeno, isPackaged } from './runtime.ts';

const standardStreams = [0, 1, 2] as const;
/** Deno ends the program at a signal that nobody listens to, even where the system would ignore it. */
const ignore = () => undefined;

/**
 * Calls `listener` for each signal that asks this program to end. One that it was started to ignore stays ignored: SIGHUP under `nohup`,
 * SIGINT in the background of a script. SIGTERM is always heeded. To be called before anything else listens to signals.
 */
export function onEndSignal(listener: () => void): void {
  const ignored = readIgnoredSignals();
  process.on('SIGTERM', listener);
  process.on('SIGINT', ignored.has(constants.signals.SIGINT) ? ignore : listener);
  process.on('SIGHUP', ignored.has(constants.signals.SIGHUP) || isWithoutTerminal() ? ignore : listener);
}

/** By number. */
function readIgnoredSignals(): ReadonlySet<number> {
  try {
    return parseIgnoredSignals(readFileSync('/proc/self/status', 'utf8'));
  } catch {
    // Without /proc nothing is known of them.
    return new Set();
  }
}

/** @param status as in /proc/self/status, which has a bit for each signal */
export function parseIgnoredSignals(status: string): ReadonlySet<number> {
  const bits = BigInt(`0x${/^SigIgn:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  return new Set(Object.values(constants.signals).filter((number) => ((bits >> BigInt(number - 1)) & 1n) === 1n));
}

/**
 * Whether no terminal can be what SIGHUP says is gone, as under `nohup`. Of interest for plain Node alone, which makes ignored signals
 * what they usually are before any program starts; the packages have one that does not.
 */
function isWithoutTerminal(): boolean {
  return !isDeno() && !isPackaged() && !standardStreams.some((stream) => isatty(stream));
}
