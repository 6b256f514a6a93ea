import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { installPackages } from '../debian/install.ts';
import { holdLock } from '../debian/lock.ts';
import { userCachePath } from '../debian/user-cache.ts';
import { ADDON_NAME, ADDON_STEP_FILES, buildAddonStep, readPackageVersions } from './addon.ts';
import { buildLibraries } from './libraries.ts';
import { collectLicences } from './licences.ts';
import { fetchNode, NODE_VERSION } from './node.ts';
import { buildPluginStep, PLUGIN_NAME } from './plugin.ts';
import { BUILD_PACKAGES, EMULATOR_PACKAGES, type Target } from './recipe.ts';
import { startSteps } from './steps.ts';
import { describeToolchain, unpackToolchain } from './toolchain.ts';
import { verifyAddon } from './verify.ts';

// The files that say what is built and how; the others only watch over it. Those of the first list shape each step
// of a build, the rest the last ones alone.
const STEP_FILES = ['libraries.ts', 'sources.ts', 'toolchain.ts'];
const RECIPE_FILES = [
  ...STEP_FILES,
  ...['addon.ts', 'licences.ts', 'ninja.ts', 'plugin.ts', 'recipe.ts'],
  ...ADDON_STEP_FILES,
];

/**
 * Gives the folder in the user cache that holds the finished addon of `target`, its window plugin and their licences;
 * builds it first (some ten minutes on two cores) where the cache has none of this recipe.
 * A build that was broken off goes on after its last finished step. Set IMAGE_SOCKET_KEEP_WORK to keep the build trees.
 */
export async function buildAddon(target: Target): Promise<string> {
  const hash = await hashRecipe();
  const directory = userCachePath('native', `${target}-${hash}`);
  if (existsSync(directory)) return directory;
  if (process.arch !== 'x64') {
    throw new Error(`Cannot build the native addon on ${process.arch}: build both targets on a linux-x64 machine`);
  }
  const release = await holdLock(userCachePath('native', `${target}.lock`), () =>
    process.stderr.write(`native ${target}: waiting for another build of it to end\n`),
  );
  try {
    if (!existsSync(directory)) await buildInto(directory, target);
  } finally {
    await release();
  }
  return directory;
}

async function buildInto(directory: string, target: Target): Promise<void> {
  const started = Date.now();
  process.stderr.write(`native ${target}: building the OpenCV addon (once; about 10 minutes on 2 cores)\n`);
  const emulator = target === 'linux-arm64' ? EMULATOR_PACKAGES : [];
  await installPackages([...BUILD_PACKAGES, ...emulator], "the native addon's build");
  const work = userCachePath('native', 'work', target);
  await mkdir(work, { recursive: true });
  const tools = describeToolchain(target, work);
  // The user's own flags would change the result.
  const cleared = Object.fromEntries(['CFLAGS', 'CXXFLAGS', 'CPPFLAGS', 'LDFLAGS'].map((name) => [name, undefined]));
  const env = { ...cleared, PATH: `${tools.bin}:${process.env.PATH}` };
  const steps = startSteps(work, `native ${target}`, await hashFiles(STEP_FILES), env);
  const node = await fetchNode(target);
  await unpackToolchain(steps, tools);
  const libraries = await buildLibraries(steps, tools);
  const addon = await buildAddonStep(steps, tools, libraries, node);
  const plugin = await buildPluginStep(steps, tools, libraries);
  const result = join(work, 'result');
  await rm(result, { recursive: true, force: true });
  await mkdir(result);
  await cp(join(addon, ADDON_NAME), join(result, ADDON_NAME));
  await cp(join(plugin, PLUGIN_NAME), join(result, PLUGIN_NAME));
  await collectLicences(libraries, node, join(result, 'licenses'));
  await verifyAddon(target, result, node);
  await rename(result, directory);
  if (!process.env.IMAGE_SOCKET_KEEP_WORK) await rm(work, { recursive: true, force: true });
  process.stderr.write(`native ${target}: done in ${Math.round((Date.now() - started) / 1000)} s\n`);
}

/** The first 12 hex digits over everything that shapes the result. */
async function hashRecipe(): Promise<string> {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([NODE_VERSION, await readPackageVersions()]));
  hash.update(await hashFiles(RECIPE_FILES));
  return hash.digest('hex').slice(0, 12);
}

async function hashFiles(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`\n${file}\n`).update(await readFile(join(import.meta.dirname, file)));
  return hash.digest('hex');
}

/** The names of the files that a finished folder holds beside `licenses`. */
export async function listAddonFiles(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => name !== 'licenses').sort();
}
