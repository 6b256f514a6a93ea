import { createHash } from 'node:crypto';
import { listAddonSources, readPackageVersions } from './addon.ts';
import { hashFiles } from './hash-files.ts';
import { NODE_VERSION } from './node.ts';
import { STEP_FILES } from './prepare.ts';

/** The files that shape the last steps of a build. The others of this folder only watch over it. */
const LAST_STEP_FILES = [
  'addon.ts',
  'calls.ts',
  'licences.ts',
  'ninja.ts',
  'opencv-sources.ts',
  'plugin.ts',
  'recipe.ts',
];

/**
 * The first 12 hex digits over everything that shapes a result.
 * @param moreFiles that shape it too, within this folder
 */
export async function hashRecipe(moreFiles: readonly string[] = []): Promise<string> {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([NODE_VERSION, await readPackageVersions()]));
  hash.update(await hashFiles([...STEP_FILES, ...LAST_STEP_FILES, ...(await listAddonSources()), ...moreFiles]));
  return hash.digest('hex').slice(0, 12);
}
