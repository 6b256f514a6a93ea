import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireCommand } from '../debian/command.ts';
import { installPackages } from '../debian/install.ts';
import { userCachePath } from '../debian/user-cache.ts';
import { fetchNode, NODE_VERSION } from '../native/node.ts';
import type { Target } from '../native/recipe.ts';
import type { Bundle } from './bundle.ts';
import { wrapProgram, writeCodeCache } from './code-cache.ts';
import { commandFor } from './emulate.ts';
import { keepIgnoredSignals } from './keep-ignored.ts';
import { v8Flags } from './v8-flags.ts';

const RUN_PKG = join(import.meta.dirname, 'run-pkg.ts');
const KEEP_IGNORED = join(import.meta.dirname, 'keep-ignored.ts');

const STRIP_TOOLS = {
  'linux-x64': { command: 'strip', packages: ['binutils'] },
  'linux-arm64': { command: 'aarch64-linux-gnu-strip', packages: ['binutils', 'binutils-aarch64-linux-gnu'] },
} as const satisfies Record<Target, object>;

/** Makes the standalone executable `output` of a bundle: Node for the target with the bundle inside (pkg, SEA mode). */
export async function packExecutable(bundle: Bundle, target: Target, output: string): Promise<void> {
  const base = await makeBase(target);
  const home = await mkdtemp(join(tmpdir(), 'image-socket-pkg-'));
  try {
    const [file, cache] = [join(home, `${bundle.program}.cjs`), join(home, 'cache')];
    await writeFile(file, wrapProgram(bundle.code));
    await writeCodeCache(bundle.program, { file, cache, node: base, target });
    await offerNode(home, target, base);
    const args = [RUN_PKG, file, cache, target, NODE_VERSION, output, ...v8Flags[bundle.program]];
    await requireCommand(`Packaging ${bundle.program} for ${target}`, process.execPath, args, {
      cwd: home,
      env: { HOME: home },
      timeoutMs: 5 * 60_000,
    });
    await chmod(output, 0o755);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** Runs a packaged program, emulated where need be, and gives its standard output. */
export async function runPackaged(target: Target, file: string, args: readonly string[]): Promise<string> {
  const [command, ...words] = await commandFor(target, file, args);
  return requireCommand(`Trying ${file}`, command, words, { timeoutMs: 60_000 });
}

// pkg looks for the Node that it would download in this fixed place, and for marks that the download was whole.
async function offerNode(home: string, target: Target, base: string): Promise<void> {
  const cache = join(home, '.pkg-cache/sea');
  const name = `node-v${NODE_VERSION}-${target}`;
  await mkdir(join(cache, name, 'bin'), { recursive: true });
  await symlink(base, join(cache, name, 'bin/node'));
  for (const file of [`${name}.tar.gz`, `${name}.tar.gz.ok`, `${name}/bin/node.ok`])
    await writeFile(join(cache, file), '');
}

/** The Node inside: without its symbol table, a fifth smaller, and with ignored signals left alone; kept in the user cache. */
async function makeBase(target: Target): Promise<string> {
  // Another name whenever something else is done to it.
  const recipe = createHash('sha256')
    .update(await readFile(KEEP_IGNORED))
    .digest('hex')
    .slice(0, 8);
  const base = userCachePath('node', `${target}-${NODE_VERSION}-base-${recipe}`);
  if (existsSync(base)) return base;
  const { command, packages } = STRIP_TOOLS[target];
  await installPackages(packages, 'packaging');
  await mkdir(userCachePath('node'), { recursive: true });
  const part = `${base}.part-${process.pid}`;
  await copyFile(join(await fetchNode(target), 'bin/node'), part);
  // Node's own exported symbols, which the addon needs, are in another table and stay.
  await requireCommand(`Stripping Node for ${target}`, command, [part]);
  const node = await readFile(part);
  keepIgnoredSignals(node, target);
  await writeFile(part, node);
  await rename(part, base);
  return base;
}
