import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { requireCommand, runCommand } from '../debian/command.ts';

/** The public key beside the repository, for Signed-By of apt's sources. */
export const KEYRING = 'image-socket.asc';

/** The commands that sign `Release` in a folder, as arguments of gpg. @param key as gpg names it */
export function listSignatures(folder: string, key: string): string[][] {
  const release = join(folder, 'Release');
  const common = ['--batch', '--yes', '--local-user', key, '--digest-algo', 'SHA512', '--armor'];
  return [
    [...common, '--output', join(folder, 'InRelease'), '--clear-sign', release],
    [...common, '--output', join(folder, 'Release.gpg'), '--detach-sign', release],
  ];
}

/** Signs `Release` in the folder `dists/<suite>`, and writes the public key to `keyring`. @throws Error with the next step */
export async function signRelease(folder: string, key: string, keyring: string): Promise<void> {
  const found = await runCommand('gpg', ['--version']);
  if (found.status !== 0) throw new Error('Cannot sign the repository: gpg is missing. Type sudo apt-get install gpg');
  for (const args of listSignatures(folder, key))
    await requireCommand(`Signing the repository with ${key}`, 'gpg', args, { timeoutMs: 120_000 });
  const exported = await requireCommand('Writing the public key', 'gpg', ['--batch', '--armor', '--export', key]);
  await writeFile(keyring, exported);
}
