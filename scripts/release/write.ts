import { chmod, copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { projectRoot } from '../native/project.ts';
import type { Target } from '../native/recipe.ts';
import { INSTALLER, LITE, listReleaseFiles, SBOM, SIGNATURE, SUMS } from './files.ts';
import { formatInstaller } from './installer.ts';
import { formatSbom, type SbomInput } from './sbom.ts';
import { signSums, writeSums } from './sums.ts';

export interface ReleaseInput extends SbomInput {
  /** Their archives and packages are in the folder. */
  readonly targets: readonly Target[];
  /** As `readAddress` gives it. */
  readonly address: string | undefined;
  /** File of the key that signs; undefined: no signature. */
  readonly signKey: string | undefined;
}

/** Adds to the archives and packages in `folder` all else that a release has. */
export async function writeRelease(folder: string, input: ReleaseInput): Promise<void> {
  await copyFile(join(projectRoot, 'src/lite/image-sender-lite.py'), join(folder, LITE));
  await writeFile(join(folder, INSTALLER), await formatInstaller(input.address));
  for (const name of [LITE, INSTALLER]) await chmod(join(folder, name), 0o755);
  await writeFile(join(folder, SBOM), await formatSbom(input));
  await writeSums(folder, listReleaseFiles(input.targets, input.version));
  if (input.signKey !== undefined) await signSums(folder, input.signKey);
  const names = [LITE, INSTALLER, SBOM, SUMS, ...(input.signKey === undefined ? [] : [SIGNATURE])];
  process.stderr.write(`build: wrote ${names.map((name) => `dist/${name}`).join(', ')}\n`);
}
