import process from 'node:process';
import { buildSanitizedAddon } from '../native/sanitized.ts';
import { addonVariable } from './targets/native-addon.ts';

/** https://github.com/google/sanitizers/wiki/AddressSanitizerFlags */
const addressOptions = {
  // Node frees nothing at its end.
  detect_leaks: 0,
  // A picture that is too large for the memory is an error of the call, as it is without the sanitizer.
  allocator_may_return_null: 1,
  // Freed memory that is not used again for a while: the memory of a process has a limit here.
  quarantine_size_mb: 32,
  handle_abort: 1,
  print_legend: 0,
};
const undefinedOptions = { print_stacktrace: 1, print_summary: 1 };

/** Lets each process that is started from now on load the addon with sanitizers. Builds it first, if it is not there. */
export async function useSanitizedAddon(): Promise<void> {
  const { addon, runtime } = await buildSanitizedAddon();
  Object.assign(process.env, {
    [addonVariable]: addon,
    LD_PRELOAD: runtime,
    ASAN_OPTIONS: join(addressOptions),
    UBSAN_OPTIONS: join(undefinedOptions),
    // As the programs do, before they load the addon.
    OPENCV_LOG_LEVEL: 'ERROR',
    OPENCV_FFMPEG_LOGLEVEL: '-8',
    OPENCV_IO_MAX_IMAGE_PIXELS: `${2 ** 28}`,
  });
}

function join(options: Readonly<Record<string, number>>): string {
  return Object.entries(options)
    .map(([name, value]) => `${name}=${value}`)
    .join(':');
}
