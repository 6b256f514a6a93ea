import { basename } from 'node:path';
import type { Target } from '../native/recipe.ts';
import { listOutputs } from '../package/outputs.ts';

/** Beside the archives and packages in `dist`. */
export const LITE = 'image-sender-lite';
export const INSTALLER = 'install.sh';
export const SBOM = 'sbom.cdx.json';
/** Names all others with their sums. */
export const SUMS = 'SHA256SUMS';
export const SIGNATURE = `${SUMS}.sig`;

/** Names of the files that a release has, without the list of their sums; sorted. */
export function listReleaseFiles(targets: readonly Target[], version: string): string[] {
  const outputs = targets.flatMap((target) => listOutputs('', target, version)).map((path) => basename(path));
  return [...outputs, LITE, INSTALLER, SBOM].sort();
}
