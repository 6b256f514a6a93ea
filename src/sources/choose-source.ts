import { CodedError } from '../errors.ts';
import { listPositionals, type ParsedWords } from '../options/commands.ts';
import type { RawOptions } from '../options/option.ts';
import { readOptions } from '../options/read-options.ts';
import type { Delivery } from '../protocol/frame.ts';
import type { Log } from '../system/log.ts';
import { sources } from './registry.ts';
import type { Source } from './source.ts';
import type { SourceModule } from './source-module.ts';

/** The source that the user wants, before it is open. */
export interface ChosenSource {
  /** Longest normal time from frame to frame, in milliseconds; 0 if it is not known. */
  readonly intervalMs: number;
  readonly endsByItself: boolean;
  /** Whether the newest picture counts, or all of them in their order. */
  readonly delivery: Delivery;
  /** Tells it apart from other sources of this machine, also after the next start. */
  readonly device: string;
  /** @throws CodedError SOURCE_FAILED, ADDON_MISSING, ADDON_UNUSABLE */
  open(log: Log, signal: AbortSignal): Promise<Source>;
}

/** @throws CodedError BAD_OPTION */
export function chooseSource({ command, options, passedOn }: ParsedWords): ChosenSource {
  const module = sources.find((source) => source.command === command);
  if (module === undefined) {
    throw new CodedError('BAD_OPTION', `Cannot start as there is no source '${command ?? ''}'`);
  }
  const values = readOptions(module.options, options);
  return {
    intervalMs: module.intervalMs?.(values) ?? 0,
    endsByItself: module.endsByItself?.(values) ?? false,
    delivery: typeof module.delivery === 'function' ? module.delivery() : module.delivery,
    device: [module.command, module.device?.(values) ?? readPositionals(module, options)].join(' ').trim(),
    open: (log, signal) => module.open(values, { log, signal, passedOn }),
  };
}

/** The words behind the command, or their defaults. */
function readPositionals(module: SourceModule, options: RawOptions): string {
  return listPositionals(module)
    .map(([name, option]) => options[name] ?? option.default ?? '')
    .join(' ');
}
