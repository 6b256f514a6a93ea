import type { Program } from './programs.ts';

/**
 * Flags of V8 that a packaged program starts with. With most flags V8 takes only a code cache that
 * was made with the same, so that the cache is made with these.
 */
export const v8Flags: Readonly<Record<Program, readonly string[]>> = {
  // In MB. V8 has up to three such spaces for young objects, of up to 64 MB each without the flag.
  // A frame that is forwarded leaves few objects. With 1 MB V8 takes more of them for old ones, and
  // frees their pictures late.
  'image-sender': ['--max-semi-space-size=2'],
  // Here frames live longer, as outputs wait for the disk: it takes 16 MB for the same.
  'image-receiver': ['--max-semi-space-size=16'],
};
