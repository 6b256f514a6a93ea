import { cp, readdir, readFile, rm, stat, symlink, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { cacheFolder } from '../../test/support/cache.ts';
import { Scratch } from '../cli/scratch.ts';
import { lastWords, requireCommand, runCommand } from '../debian/command.ts';
import { projectRoot } from '../native/project.ts';

/** The packaged programs of one commit, for this machine. */
export interface CommitBuild {
  /** Its whole hash. */
  readonly commit: string;
  /** Holds `image-sender` and `image-receiver`. */
  readonly folder: string;
}

/** Something of a commit's build, and the same of this tree's. */
export interface Both<T> {
  readonly old: T;
  readonly new: T;
}

const target = `linux-${process.arch}`;
/** A build takes 240 MB; one that nobody has asked for in that time goes. */
const keptDays = 7;

/**
 * Builds a commit of this repository in a clone of its own, and keeps the programs in the user cache.
 * The native parts come from the cache too, where it has those of the commit's recipe.
 * @param ref whatever Git takes for a commit
 */
export async function buildCommit(ref: string): Promise<CommitBuild> {
  const commit = await findCommit(ref);
  const folder = await cacheFolder('builds', [commit, target], async (part) => {
    using scratch = new Scratch('commit');
    await buildInto(scratch.path, commit);
    await cp(join(scratch.path, 'dist', target), part, { recursive: true });
  });
  await utimes(folder, new Date(), new Date());
  await removeUnused(dirname(folder));
  return { commit, folder };
}

/** The whole hash of a commit of this repository. @throws Error for one that is not there, with the words of Git */
export async function findCommit(ref: string): Promise<string> {
  const args = ['-C', projectRoot, 'rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`];
  const result = await runCommand('git', args);
  if (result.status === 0) return result.stdout.trim();
  const why =
    result.stderr.trim() === '' ? `Git knows no such commit in ${projectRoot}` : `Git says: ${lastWords(result)}`;
  throw new Error(`Cannot build '${ref}': ${why}`);
}

async function buildInto(clone: string, commit: string): Promise<void> {
  await git(projectRoot, 'clone', '--quiet', '--shared', '--no-checkout', projectRoot, clone);
  await git(clone, 'checkout', '--quiet', '--detach', commit);
  const [here, there] = [projectRoot, clone].map((root) => readFile(join(root, 'package-lock.json'), 'utf8'));
  if ((await here) === (await there)) await symlink(join(projectRoot, 'node_modules'), join(clone, 'node_modules'));
  else await requireCommand(`Installing the packages of ${commit}`, 'sh', ['scripts/setup.sh'], { cwd: clone });
  const build = [join(clone, 'scripts/build.ts'), '--no-archives', '--target', target];
  await requireCommand(`Building ${commit}`, join(clone, 'node_modules/.bin/node'), build, {
    cwd: clone,
    onOutput: (text) => process.stderr.write(text),
  });
}

function git(folder: string, ...args: readonly string[]): Promise<string> {
  return requireCommand('Cloning this repository', 'git', ['-C', folder, ...args]);
}

async function removeUnused(builds: string): Promise<void> {
  for (const name of await readdir(builds)) {
    const path = join(builds, name);
    // Another run may remove it first.
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > keptDays * 86_400_000)
      await rm(path, { recursive: true, force: true });
  }
}
