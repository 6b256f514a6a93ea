import type { Command } from '../options/commands.ts';
import type { Options, Values } from '../options/option.ts';
import type { Delivery } from '../protocol/frame.ts';
import type { Log } from '../system/log.ts';
import type { Source } from './source.ts';

/** One kind of source: README.md says how to add one. */
export interface SourceModule<R extends Options = Options> extends Command {
  readonly options: R;
  /**
   * Whether the newest picture counts, or all of them in their order. The user can choose otherwise.
   */
  readonly delivery: Delivery | (() => Delivery);
  /**
   * Longest normal time from frame to frame, in milliseconds. It sets the watchdog of a service.
   * Without it, another program decides.
   * @throws CodedError BAD_OPTION
   */
  intervalMs?(values: Values<R>): number;
  /**
   * Names the device where its number may be another's after the next start. Without it the words
   * behind the command are the name.
   */
  device?(values: Values<R>): string;
  /** Whether the source ends by itself, as a file that is sent once. */
  endsByItself?(values: Values<R>): boolean;
  /** @throws CodedError SOURCE_FAILED, ADDON_MISSING, ADDON_UNUSABLE */
  open(values: Values<R>, context: SourceContext): Promise<Source>;
}

/** The surroundings of a source. */
export interface SourceContext {
  readonly log: Log;
  /** The frames end when it aborts. */
  readonly signal: AbortSignal;
  /** The words behind `--` on the command line, for another program. */
  readonly passedOn: readonly string[];
}

/** Has the compiler hold a module to its own options. */
export function defineSource<R extends Options>(module: SourceModule<R>): SourceModule<R> {
  return module;
}
