import { copyFile, mkdir, readdir, readlink, rm, symlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type AptConfig, type ArchiveOptions, runApt, writeAptConfig } from './apt-config.ts';
import { requireCommand, runCommand } from './command.ts';
import { fetchPoolFile } from './pool.ts';

export type { ArchiveOptions } from './apt-config.ts';

/** Debian's archive for one suite and architecture, whatever the system's own are. */
export interface Archive {
  /**
   * Puts the named packages' .deb files into `directory` and gives their paths; with `dependencies` also everything
   * that they depend on, recursively, as on a machine where nothing is installed. Recommended packages stay away.
   */
  downloadPackages(
    names: readonly string[],
    directory: string,
    options?: { dependencies?: boolean },
  ): Promise<string[]>;
  /**
   * Fetches one file of the archive's pool ("pool/main/z/zlib/...") into `directory` and gives its path; a file that
   * is already there and has the right SHA-256 is kept. A file that the archive no longer has is an Error that names
   * the source package's current version.
   */
  fetchPool(poolPath: string, sha256: string, directory: string): Promise<string>;
}

/** Prepares access through an APT configuration of our own; the package lists themselves are fetched when first needed. */
export async function openArchive(options: ArchiveOptions): Promise<Archive> {
  const config = await writeAptConfig(options);
  return {
    downloadPackages: (names, directory, choice) =>
      downloadPackages(config, names, directory, choice?.dependencies ?? false),
    fetchPool: (poolPath, sha256, directory) => fetchPoolFile(config, poolPath, sha256, directory),
  };
}

/**
 * Unpacks .deb files over each other into `directory`, without running anything of theirs. Links to absolute paths are
 * made relative, so that they lead to the unpacked file and not to the system's own.
 */
export async function extractDebs(debs: readonly string[], directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const deb of debs) {
    await requireCommand(`Unpacking ${deb}`, 'dpkg-deb', ['-x', deb, directory]);
  }
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) continue;
    const link = join(entry.parentPath, entry.name);
    const target = await readlink(link);
    if (!target.startsWith('/')) continue;
    await rm(link);
    await symlink(relative(entry.parentPath, join(directory, target)), link);
  }
}

async function downloadPackages(
  config: AptConfig,
  names: readonly string[],
  directory: string,
  dependencies: boolean,
): Promise<string[]> {
  await mkdir(directory, { recursive: true });
  const command = dependencies
    ? ['install', '-y', '--no-install-recommends', '--download-only', ...names]
    : ['download', ...names];
  // APT does not list what its archives folder holds; so it is shown an empty one.
  const listed = await runApt(config, [
    '-o',
    `Dir::Cache::archives=${config.emptyArchives}`,
    ...command,
    '--print-uris',
  ]);
  // Each line: 'address' file-name size hash. APT writes the epoch's colon as %3a in the file name.
  const files = [...listed.matchAll(/^'[^']+' (\S+\.deb) \d+/gm)].map((match) => match[1] ?? '');
  if (files.length === 0) throw new Error(`Debian ${config.suite} ${config.arch} has no file for ${names.join(' ')}`);
  const cache = join(config.directory, 'archives');
  // `download` writes to the current folder, `install` to the archives folder: the same one here.
  await runApt(config, command, cache);
  const paths: string[] = [];
  for (const file of files) {
    const target = join(directory, file);
    await rm(target, { force: true });
    await copyFile(join(cache, file), target);
    const check = await runCommand('dpkg-deb', ['--field', target, 'Package']);
    if (check.status !== 0) {
      await rm(join(cache, file), { force: true });
      throw new Error(`The downloaded ${file} is damaged and was removed from the cache: try again`);
    }
    paths.push(target);
  }
  return paths;
}
