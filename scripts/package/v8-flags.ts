import type { Program } from './programs.ts';

/**
 * Flags of V8 that a packaged program starts with. With most flags V8 takes only a code cache that
 * was made with the same, so that the cache is made with these.
 */
export const v8Flags: Readonly<Record<Program, readonly string[]>> = {
  // In MB. V8 has up to three such spaces for young objects, of up to 64 MB each without the flag.
  // A frame that is only forwarded leaves few objects.
  'image-sender': ['--max-semi-space-size=1'],
  // With 4 MB or less the frames that wait for a disk count as old, and are freed late: the memory
  // is larger then. With 8 MB outputs take more of a processor.
  'image-receiver': ['--max-semi-space-size=16'],
};
