import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { buildAddon, listAddonFiles } from '../native/cache.ts';
import { fetchNode, NODE_VERSION } from '../native/node.ts';
import { projectRoot } from '../native/project.ts';
import type { Target } from '../native/recipe.ts';
import { hashRecipe } from '../native/recipe-hash.ts';
import type { Bundle } from './bundle.ts';
import { copyAddon } from './copy-addon.ts';
import { packExecutable, runPackaged } from './executable.ts';
import { addProgramLicences, describePrograms } from './licences.ts';
import { listOutputs, writeOutputs } from './outputs.ts';
import { describePackage, PROGRAMS } from './programs.ts';

const DIST = join(projectRoot, 'dist');

export interface PackageOptions {
  readonly bundles: readonly Bundle[];
  readonly version: string;
  /** Of all files in archives and packages, since 1970. */
  readonly timeSeconds: number;
  /** Whether to make archives and Debian packages too, which takes longer than all the rest and which no test needs. */
  readonly hasArchives: boolean;
}

/** Makes dist/<target>/, and one archive for each program of it, unless nothing that goes into them has changed. */
export async function packageTarget(target: Target, options: PackageOptions): Promise<void> {
  const { bundles, version, timeSeconds, hasArchives } = options;
  const addon = await buildAddon(target);
  const inputs = await hashInputs(target, options, addon);
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
  const input = { target, bundles, version, directory, addonFiles: await listAddonFiles(addon), timeSeconds };
  const outputs = { stamp: join(DIST, `.${target}.archived`), inputs, files: listOutputs(DIST, target, version) };
  await makeOnce(`archives and packages of dist/${target}`, outputs, () => writeOutputs(DIST, input));
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
  await copyAddon(addon, directory, await hashRecipe());
  const licences = join(directory, 'licenses');
  await cp(join(addon, 'licenses'), licences, { recursive: true });
  const packages = [...new Set(bundles.flatMap((bundle) => bundle.packages))].sort();
  await addProgramLicences(licences, packages, await fetchNode(target));
  await writeFile(join(directory, 'README.txt'), describePackage(PROGRAMS, target, version));
  for (const bundle of bundles) {
    const file = join(directory, bundle.program);
    await packExecutable(bundle, target, file);
    const [shown] = (await runPackaged(target, file, ['--version'])).split('\n');
    const expected = `${bundle.program} ${version}`;
    if (shown !== expected) throw new Error(`${file} --version printed "${shown}", expected "${expected}"`);
    process.stderr.write(`build: packaged ${bundle.program} for ${target}\n`);
  }
}

function listFiles(target: Target): string[] {
  const files = [...PROGRAMS, 'opencv4nodejs.node', 'libopencv_highgui_gtk3.so', 'licenses', 'README.txt'];
  return files.map((name) => join(DIST, target, name));
}

async function hashInputs(target: Target, options: PackageOptions, addon: string): Promise<string> {
  const { bundles, version, timeSeconds } = options;
  const hash = createHash('sha256').update([version, timeSeconds, NODE_VERSION, basename(addon)].join('\n'));
  for (const bundle of bundles)
    hash.update(`\n${bundle.program}\n${bundle.code}\n${await describePrograms(bundle.packages)}`);
  // The scripts of this folder hold the texts and say how it is all put together.
  const entries = await readdir(import.meta.dirname, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.sort()) hash.update(await readFile(file));
  return `${target} ${hash.digest('hex')}\n`;
}
