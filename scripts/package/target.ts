import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { buildAddon, listAddonFiles } from '../native/cache.ts';
import { fetchNode, NODE_VERSION } from '../native/node.ts';
import { projectRoot } from '../native/project.ts';
import type { Target } from '../native/recipe.ts';
import { writeArchive } from './archive.ts';
import type { Bundle } from './bundle.ts';
import { copyAddon } from './copy-addon.ts';
import { packExecutable, runPackaged } from './executable.ts';
import { addProgramLicences, describePrograms } from './licences.ts';
import { describePackage, PROGRAMS } from './programs.ts';

const DIST = join(projectRoot, 'dist');

export interface PackageOptions {
  readonly bundles: readonly Bundle[];
  readonly version: string;
  /** Whether to make the archives too, which takes longer than all the rest and which no test needs. */
  readonly hasArchives: boolean;
}

/** Makes dist/<target>/, and one archive for each program of it, unless nothing that goes into them has changed. */
export async function packageTarget(target: Target, options: PackageOptions): Promise<void> {
  const { bundles, version, hasArchives } = options;
  const addon = await buildAddon(target);
  const inputs = await hashInputs(target, bundles, version, addon);
  const directory = join(DIST, target);
  await makeOnce(
    `dist/${target}`,
    { stamp: join(DIST, `.${target}.inputs`), inputs, files: listFiles(target) },
    async () => {
      const work = join(DIST, `.${target}.new`);
      await rm(work, { recursive: true, force: true });
      await mkdir(work, { recursive: true });
      await fillDirectory(work, target, bundles, version, addon);
      await rm(directory, { recursive: true, force: true });
      await rename(work, directory);
    },
  );
  if (!hasArchives) return;
  const files = PROGRAMS.map((program) => archivePath(program, target));
  await makeOnce(`archives of dist/${target}`, { stamp: join(DIST, `.${target}.archived`), inputs, files }, () =>
    writeArchives(directory, target, version, addon),
  );
}

interface Result {
  /** Holds the inputs that the files were made of. */
  readonly stamp: string;
  readonly inputs: string;
  readonly files: readonly string[];
}

async function makeOnce(what: string, { stamp, inputs, files }: Result, make: () => Promise<void>): Promise<void> {
  const started = Date.now();
  const recorded = await readFile(stamp, 'utf8').catch(() => '');
  if (recorded === inputs && files.every((file) => existsSync(file))) {
    process.stderr.write(`build: ${what} up to date\n`);
    return;
  }
  await rm(stamp, { force: true });
  await make();
  await writeFile(stamp, inputs);
  process.stderr.write(`build: ${what} in ${Math.round((Date.now() - started) / 1000)} s\n`);
}

async function fillDirectory(
  directory: string,
  target: Target,
  bundles: readonly Bundle[],
  version: string,
  addon: string,
): Promise<void> {
  await copyAddon(addon, directory);
  const licences = join(directory, 'licenses');
  await cp(join(addon, 'licenses'), licences, { recursive: true });
  const packages = [...new Set(bundles.flatMap((bundle) => bundle.packages))].sort();
  await addProgramLicences(licences, packages, await fetchNode(target));
  await writeFile(join(directory, 'README.txt'), describePackage(PROGRAMS, target, version));
  for (const bundle of bundles) {
    const file = join(directory, bundle.program);
    await packExecutable(bundle, target, file);
    const shown = (await runPackaged(target, file, ['--version'])).trim();
    if (shown !== version) throw new Error(`${file} --version printed "${shown}", expected "${version}"`);
    process.stderr.write(`build: packaged ${bundle.program} for ${target}\n`);
  }
}

async function writeArchives(directory: string, target: Target, version: string, addon: string): Promise<void> {
  const shared = [...(await listAddonFiles(addon)), 'licenses'].map((name) => ({ from: name, to: name }));
  for (const program of PROGRAMS) {
    const readme = `.README-${program}.txt`;
    await writeFile(join(directory, readme), describePackage([program], target, version));
    const own = [
      { from: program, to: program },
      { from: readme, to: 'README.txt' },
    ];
    await writeArchive(archivePath(program, target), `${program}-${target}`, directory, [...own, ...shared]);
    await rm(join(directory, readme));
    process.stderr.write(`build: wrote dist/${basename(archivePath(program, target))}\n`);
  }
}

function archivePath(program: string, target: Target): string {
  return join(DIST, `${program}-${target}.tar.xz`);
}

function listFiles(target: Target): string[] {
  const files = [...PROGRAMS, 'opencv4nodejs.node', 'libopencv_highgui_gtk3.so', 'licenses', 'README.txt'];
  return files.map((name) => join(DIST, target, name));
}

async function hashInputs(target: Target, bundles: readonly Bundle[], version: string, addon: string): Promise<string> {
  const hash = createHash('sha256').update([version, NODE_VERSION, basename(addon)].join('\n'));
  for (const bundle of bundles)
    hash.update(`\n${bundle.program}\n${bundle.code}\n${await describePrograms(bundle.packages)}`);
  // The scripts of this folder hold the texts and say how it is all put together.
  for (const file of (await readdir(import.meta.dirname)).sort()) {
    hash.update(await readFile(join(import.meta.dirname, file)));
  }
  return `${target} ${hash.digest('hex')}\n`;
}
