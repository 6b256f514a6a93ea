import type { RawOptions } from '../options/option.ts';
import { readOptions } from '../options/read-options.ts';
import { sinks } from './registry.ts';
import type { Sink } from './sink.ts';
import type { SinkContext, SinkModule } from './sink-module.ts';

/** A sink that the user wants, before it is open. */
export interface Wanted {
  readonly module: SinkModule;
  readonly settings: unknown;
}

/** The sinks that the user wants. @throws CodedError BAD_OPTION */
export function findWanted(raw: RawOptions): readonly Wanted[] {
  const found = sinks.map((module) => ({ module, settings: module.read(readOptions(module.options, raw)) }));
  const wanted = found.filter(({ settings }) => settings !== undefined);
  const hasReplacement = wanted.some(({ module }) => module.replacesLines);
  return wanted.filter(({ module, settings }) => !hasReplacement || !module.isFallback?.(settings));
}

/** Bytes of frames that all of them may hold. @throws CodedError BAD_OPTION */
export function measureMemory(raw: RawOptions): number {
  return findWanted(raw).reduce((sum, { module }) => sum + (module.memoryBytes ?? 0), 0);
}

/** Opens sinks one after another. @param opened gets each sink as soon as it is open */
export async function openSinks(
  wanted: readonly Wanted[],
  context: Omit<SinkContext, 'hasOthers'>,
  opened: Sink[],
): Promise<void> {
  const hasOthers = wanted.length > 1;
  for (const { module, settings } of wanted) opened.push(await module.open(settings, { ...context, hasOthers }));
}
