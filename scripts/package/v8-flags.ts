import type { Program } from './programs.ts';

/**
 * Flags of V8 that a packaged program starts with. With most flags V8 takes only a code cache that
 * was made with the same, so that the cache is made with these.
 */
export const v8Flags: Readonly<Record<Program, readonly string[]>> = {
  // In MB. V8 has up to three such spaces for young objects, which grow further without the flag.
  // With 1 or 2 MB it takes objects of frames for old ones, and frees their pictures late: a sender
  // at full speed and a receiver whose outputs wait for the disk then have more memory, not less.
  'image-sender': ['--max-semi-space-size=16'],
  'image-receiver': ['--max-semi-space-size=16'],
};
