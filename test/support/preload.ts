import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installPackages } from '../../scripts/debian/install.ts';
import { cacheFile } from './cache.ts';
import { runChild } from './child.ts';

export type PreloadArch = 'x64' | 'arm64';

/** A library for LD_PRELOAD, as C source. */
export interface PreloadSource {
  /** Name of its folder in the user cache and, with `.so`, of the library. */
  readonly name: string;
  /** Its purpose: completes "installing ... for". */
  readonly purpose: string;
  readonly folder: string;
  /** Files in the folder: the one to compile, then those it includes. */
  readonly files: readonly [string, ...string[]];
}

const FLAGS = ['-std=gnu17', '-O2', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC', '-fvisibility=hidden'] as const;
const COMPILERS = {
  x64: { command: 'gcc', packages: ['gcc', 'libc6-dev'] },
  arm64: { command: 'aarch64-linux-gnu-gcc', packages: ['gcc-aarch64-linux-gnu', 'libc6-dev-arm64-cross'] },
} as const satisfies Record<PreloadArch, { command: string; packages: readonly string[] }>;

/** The path of the library, compiled on first use and kept in the user cache. */
export async function buildPreload(source: PreloadSource, arch: PreloadArch): Promise<string> {
  const { command, packages } = COMPILERS[arch];
  const texts = await Promise.all(source.files.map((name) => readFile(join(source.folder, name), 'utf8')));
  return cacheFile(source.name, `${source.name}.so`, [arch, FLAGS, texts], async (path) => {
    await installPackages(packages, source.purpose);
    await runChild(command, [...FLAGS, '-o', path, join(source.folder, source.files[0])], 60_000);
  });
}
