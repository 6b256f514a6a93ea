import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { holdLock } from '../debian/lock.ts';
import { userCachePath } from '../debian/user-cache.ts';
import { ADDON_NAME, buildAddonStep, releaseAddon } from './addon.ts';
import { collectLicences } from './licences.ts';
import { buildPluginStep, PLUGIN_NAME } from './plugin.ts';
import { type Prepared, prepareBuild, workFolder } from './prepare.ts';
import type { Target } from './recipe.ts';
import { hashRecipe } from './recipe-hash.ts';
import { verifyAddon } from './verify.ts';

/**
 * Gives the folder in the user cache that holds the finished addon of `target`, its window plugin and their licences;
 * builds it first (about seven minutes on two cores) where the cache has none of this recipe.
 * A build that was broken off goes on after its last finished step. Set IMAGE_SOCKET_KEEP_WORK to keep the build trees.
 */
export async function buildAddon(target: Target): Promise<string> {
  return buildOnce(target, await nameResult(target), 'the OpenCV addon', async (prepared, result) => {
    await fillResult(target, prepared, result);
    if (!process.env.IMAGE_SOCKET_KEEP_WORK) await rm(workFolder(target), { recursive: true, force: true });
  });
}

/** Whether the user cache holds the addon of `target`, so that it need not be built. */
export async function hasAddon(target: Target): Promise<boolean> {
  return existsSync(userCachePath('native', await nameResult(target)));
}

async function nameResult(target: Target): Promise<string> {
  return `${target}-${await hashRecipe()}`;
}

async function fillResult(target: Target, prepared: Prepared, result: string): Promise<void> {
  const { steps, tools, libraries, node } = prepared;
  const addon = await buildAddonStep(prepared, releaseAddon);
  const plugin = await buildPluginStep(steps, tools, libraries);
  await cp(join(addon, ADDON_NAME), join(result, ADDON_NAME));
  await cp(join(plugin, PLUGIN_NAME), join(result, PLUGIN_NAME));
  await collectLicences(libraries, node, join(result, 'licenses'));
  await verifyAddon(target, result, node);
}

/**
 * Gives the folder `name` of the user cache. Where it is not there, `fill` puts everything into it; one process at a
 * time does so for each target.
 * @param title of what is built, for the terminal
 */
export async function buildOnce(
  target: Target,
  name: string,
  title: string,
  fill: (prepared: Prepared, result: string) => Promise<void>,
): Promise<string> {
  const directory = userCachePath('native', name);
  if (existsSync(directory)) return directory;
  if (process.arch !== 'x64') {
    throw new Error(`Cannot build the native addon on ${process.arch}: build both targets on a linux-x64 machine`);
  }
  const release = await holdLock(userCachePath('native', `${target}.lock`), () =>
    process.stderr.write(`native ${target}: waiting for another build of it to end\n`),
  );
  try {
    if (existsSync(directory)) return directory;
    const started = Date.now();
    process.stderr.write(`native ${target}: building ${title} (once; about 7 minutes on 2 cores)\n`);
    const prepared = await prepareBuild(target);
    // Beside the work folder, which `fill` may remove.
    const result = `${directory}.part`;
    await rm(result, { recursive: true, force: true });
    await mkdir(result);
    await fill(prepared, result);
    await rename(result, directory);
    process.stderr.write(`native ${target}: done in ${Math.round((Date.now() - started) / 1000)} s\n`);
  } finally {
    await release();
  }
  return directory;
}

/** The names of the files that a finished folder holds beside `licenses`. */
export async function listAddonFiles(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => name !== 'licenses').sort();
}
