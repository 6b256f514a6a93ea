import { Buffer } from 'node:buffer';
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { requireCommand } from '../debian/command.ts';
import type { Target } from '../native/recipe.ts';
import { commandFor } from './emulate.ts';
import type { Program } from './programs.ts';
import { v8Flags } from './v8-flags.ts';

const FILL_CACHE = join(import.meta.dirname, 'fill-cache.cjs');

/** Short runs that need no other program. The code that they use is compiled before a packaged program starts. */
const runs: Readonly<Record<Program, readonly (readonly string[])[]>> = {
  'image-sender': [['--help'], ['pipe', '--port', '1', '--retries', '1']],
  'image-receiver': [['--help'], ['--port', '0', '--duration', '100ms']],
};

/**
 * Writes V8's code cache of a program to the file `cache`, and its CRC-32 behind it, the lowest byte
 * first.
 * @param file the source as `wrapProgram` makes it
 * @param node that of the package: no other V8 can use the cache
 */
export async function writeCodeCache(
  program: Program,
  { file, cache, node, target }: { file: string; cache: string; node: string; target: Target },
): Promise<void> {
  for (const args of runs[program]) {
    // V8 orders its tables by hashes with a random seed. The cache must be the same each time.
    const fill = [...v8Flags[program], '--random-seed=1', FILL_CACHE, file, cache, ...args];
    const [command, ...words] = await commandFor(target, node, fill);
    const env = { NODE_OPTIONS: '' };
    await requireCommand(`Compiling ${program} for ${target}`, command, words, { env, timeoutMs: 120_000 });
  }
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32LE(crc32(await readFile(cache)));
  await appendFile(cache, checksum);
}

/** The source of a program as main.cjs starts it. */
export function wrapProgram(code: string): string {
  return `(function (require, module, exports, __filename) {${code}\n})`;
}
