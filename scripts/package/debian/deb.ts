import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import process from 'node:process';
import { compareVersions, readElf } from '../../native/elf.ts';
import type { Target } from '../../native/recipe.ts';
import type { Program } from '../programs.ts';
import { packTar } from '../tar.ts';
import { formatAr } from './ar.ts';
import { configurationFile } from './configuration.ts';
import { architectures, debianVersion, formatControl } from './control.ts';
import { type DebInput, fillData } from './data.ts';
import { install } from './install.ts';
import { formatScripts } from './scripts.ts';

/** The name of its file, as Debian's tools write it. */
export function debName(program: Program, target: Target, version: string): string {
  return `${program}_${debianVersion(version)}_${architectures[target]}.deb`;
}

/** Writes the Debian package `output`. The same input gives the same bytes. Needs tar, xz and readelf, and no dpkg. */
export async function writeDeb(output: string, input: DebInput): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'image-socket-deb-'));
  const part = `${output}.part-${process.pid}`;
  try {
    const { timeSeconds } = input;
    const data = join(work, 'data');
    await fillData(data, input);
    const control = join(work, 'control');
    await fillControl(control, data, input);
    const members = [{ name: 'debian-binary', bytes: Buffer.from('2.0\n') }];
    for (const directory of [control, data]) {
      const name = `${basename(directory)}.tar.xz`;
      await packTar(join(work, name), { directory, names: ['.'], timeSeconds, keepsModes: true });
      members.push({ name, bytes: await readFile(join(work, name)) });
    }
    await writeFile(part, formatAr(members, timeSeconds));
    await rename(part, output);
  } finally {
    await rm(part, { force: true });
    await rm(work, { recursive: true, force: true });
  }
}

async function fillControl(folder: string, data: string, input: DebInput): Promise<void> {
  const { program, target, version } = input;
  const paths = await listFiles(data);
  const sums: string[] = [];
  let installedKiB = 0;
  for (const path of paths) {
    const bytes = await readFile(join(data, path));
    installedKiB += Math.ceil(bytes.length / 1024);
    if (`/${path}` === configurationFile(program)) continue;
    sums.push(`${createHash('md5').update(bytes).digest('hex')}  ${path}\n`);
  }
  const glibc = await findGlibc(paths.map((path) => join(data, path)));
  const control = formatControl({ program, target, version: debianVersion(version), glibc, installedKiB });
  await install(folder, 'control', control);
  await install(folder, 'md5sums', sums.join(''));
  await install(folder, 'conffiles', `${configurationFile(program)}\n`);
  for (const [name, text] of Object.entries(formatScripts(program))) await install(folder, name, text, 0o755);
}

/** Regular files below a folder, sorted. */
async function listFiles(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1)).sort();
}

/** The newest glibc that one of the files needs. */
async function findGlibc(paths: readonly string[]): Promise<string> {
  const libraries = paths.filter((path) => /usr\/lib\/image-[a-z]+\//.test(path));
  const facts = await Promise.all(libraries.map(readElf));
  return (
    facts
      .map(({ newestGlibc }) => newestGlibc)
      .sort(compareVersions)
      .at(-1) ?? '0'
  );
}
