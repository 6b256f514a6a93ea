import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { ADDON_NAME, type AddonKind, buildAddonStep } from './addon.ts';
import { buildOnce } from './cache.ts';
import { hashRecipe } from './recipe-hash.ts';

/** The runtimes of the sanitizers, which must be those of the compiler. */
const RUNTIMES = { address: 'libasan.so.8', undefined: 'libubsan.so.1' } as const;

const sanitizedAddon: AddonKind = {
  step: 'sanitized-addon',
  compileFlags: [
    ...['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-O1', '-g1', '-fno-omit-frame-pointer'],
    // In sections of their own, their lines are not found by the runtime of GCC 12.
    '-fno-function-sections',
    // It would need the types of Node's classes, which Node does not have at run time.
    '-fno-sanitize=vptr',
  ],
  linkFlags: ['-fsanitize=address,undefined', '-Wl,-rpath,$ORIGIN'],
  hasSymbols: true,
};

/** An addon that ends its process where it touches memory that is not its own, or where C++ does not say what happens. */
export interface Sanitized {
  /** The path of the addon. */
  readonly addon: string;
  /** The path of a library that must be loaded before all others (LD_PRELOAD). */
  readonly runtime: string;
}

/**
 * Compiles our sources and the package's with AddressSanitizer and UndefinedBehaviorSanitizer, and keeps the addon in
 * the user cache. OpenCV, FFmpeg and libjpeg-turbo are the libraries of the release, without either. The build trees
 * stay: those of the libraries take as long as a whole build.
 */
export async function buildSanitizedAddon(): Promise<Sanitized> {
  const target = 'linux-x64';
  const name = `${target}-sanitized-${await hashRecipe(['sanitized.ts'])}`;
  const directory = await buildOnce(target, name, 'the OpenCV addon with sanitizers', async (prepared, result) => {
    const step = await buildAddonStep(prepared, sanitizedAddon);
    await cp(join(step, ADDON_NAME), join(result, ADDON_NAME));
    const { bin, triplet } = prepared.tools;
    for (const runtime of Object.values(RUNTIMES)) {
      await cp(join(bin, '../root/usr/lib', triplet, runtime), join(result, runtime), { dereference: true });
    }
  });
  return { addon: join(directory, ADDON_NAME), runtime: join(directory, RUNTIMES.address) };
}
