import { rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Target } from '../native/recipe.ts';
import { writeArchive } from './archive.ts';
import type { Bundle } from './bundle.ts';
import { debName, writeDeb } from './debian/deb.ts';
import { describePackage, PROGRAMS, type Program } from './programs.ts';

export interface OutputInput {
  readonly target: Target;
  readonly bundles: readonly Bundle[];
  readonly version: string;
  /** Of all files, since 1970. */
  readonly timeSeconds: number;
  /** The folder of the build. */
  readonly directory: string;
  /** Files of the addon in it, without the licences. */
  readonly addonFiles: readonly string[];
}

/** The files that users get: an archive and a Debian package of each program. */
export function listOutputs(folder: string, target: Target, version: string): string[] {
  const names = PROGRAMS.flatMap((program) => [archiveName(program, target), debName(program, target, version)]);
  return names.map((name) => join(folder, name));
}

/** Writes these files into `folder`. */
export async function writeOutputs(folder: string, input: OutputInput): Promise<void> {
  const { target, bundles, version, directory, addonFiles, timeSeconds } = input;
  for (const { program, packages } of bundles) {
    const archive = join(folder, archiveName(program, target));
    await writeProgramArchive(archive, program, input);
    report(archive);
    const deb = join(folder, debName(program, target, version));
    // The window is the receiver's.
    const libraries = addonFiles.filter((name) => program === 'image-receiver' || !name.endsWith('.so'));
    await writeDeb(deb, { program, target, version, timeSeconds, directory, libraries, packages });
    report(deb);
  }
}

async function writeProgramArchive(output: string, program: Program, input: OutputInput): Promise<void> {
  const { target, version, directory, addonFiles, timeSeconds } = input;
  const readme = `.README-${program}.txt`;
  await writeFile(join(directory, readme), describePackage([program], target, version));
  const entries = [
    { from: program, to: program },
    { from: readme, to: 'README.txt' },
    ...[...addonFiles, 'licenses'].map((name) => ({ from: name, to: name })),
  ];
  await writeArchive(output, folderName(program, target, version), directory, { entries, timeSeconds });
  await rm(join(directory, readme));
}

/** The folder in an archive. A link to it, which does not name the version, leads to the version in use. */
export function folderName(program: Program, target: Target, version: string): string {
  return `${program}-${version}-${target}`;
}

function archiveName(program: Program, target: Target): string {
  return `${program}-${target}.tar.xz`;
}

function report(path: string): void {
  process.stderr.write(`build: wrote dist/${basename(path)}\n`);
}
