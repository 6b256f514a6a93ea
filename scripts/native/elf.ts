import { requireCommand } from '../debian/command.ts';

/** The libraries and symbols that a shared library needs, and the symbols that it offers. */
export interface ElfFacts {
  /** Names of the libraries that it needs. */
  needed: string[];
  /** Its exported symbols, without their versions. */
  exported: string[];
  /** The symbols that another library must have, without their versions. */
  missing: string[];
  /** Newest version of glibc's symbols in use, like "2.35"; "0" when none. */
  newestGlibc: string;
}

export async function readElf(file: string): Promise<ElfFacts> {
  const dynamic = await requireCommand(`Reading ${file}`, 'readelf', ['-d', '-W', file]);
  const symbols = await requireCommand(`Reading ${file}`, 'readelf', ['--dyn-syms', '-W', file]);
  const needed = [...dynamic.matchAll(/\(NEEDED\).*\[(.+)\]/g)].map((match) => match[1] ?? '');
  const versions = [...symbols.matchAll(/@GLIBC_(\d+(?:\.\d+)+)/g)].map((match) => match[1] ?? '0');
  const exported: string[] = [];
  const missing: string[] = [];
  for (const line of symbols.split('\n')) {
    // Columns: number, value, size, type, bind, visibility, section, name.
    const [, , , , bind, , section, name] = line.trim().split(/\s+/);
    if ((bind !== 'GLOBAL' && bind !== 'WEAK') || !name) continue;
    (section === 'UND' ? missing : exported).push(name.replace(/@.*/, ''));
  }
  return { needed, exported, missing, newestGlibc: versions.sort(compareVersions).at(-1) ?? '0' };
}

/** Orders dotted numbers: negative when `a` is older. */
export function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
