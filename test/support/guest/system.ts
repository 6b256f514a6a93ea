import { cp, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { extractDebs, openArchive } from '../../../scripts/debian/archive.ts';
import { requireCommand } from '../../../scripts/debian/command.ts';
import { installPackages } from '../../../scripts/debian/install.ts';
import { extractLibraries } from '../arm64-root.ts';
import { cacheFolder } from '../cache.ts';

/** The parts of the guest that all runs share. */
export interface GuestSystem {
  /** Debian's arm64 kernel. */
  kernel: string;
  /** Folder with BusyBox, the C and C++ libraries, and the modules below with what they need. */
  root: string;
}

const RECIPE = {
  libraries: ['libc6', 'libgcc-s1', 'libstdc++6', 'busybox-static'],
  kernel: 'linux-image-arm64',
  // vivid is the camera; the rest is QEMU's network card.
  modules: ['vivid', 'virtio_net', 'virtio_pci', 'virtio_mmio'],
} as const;

/** The guest's kernel and root, taken from Debian's bookworm arm64 packages on first use and kept in the user cache. */
export async function buildGuestSystem(): Promise<GuestSystem> {
  const directory = await cacheFolder('arm64-guest', RECIPE, async (part) => {
    await installPackages(['kmod'], 'the arm64 guest');
    const root = join(part, 'root');
    await extractLibraries(root, RECIPE.libraries);
    const tree = join(part, 'kernel');
    await extractKernel(tree, join(part, 'debs'));
    const [image = ''] = (await readdir(join(tree, 'boot'))).filter((name) => name.startsWith('vmlinuz-'));
    await rename(join(tree, 'boot', image), join(part, 'vmlinuz'));
    await copyModules(tree, root, image.replace('vmlinuz-', ''));
    await rm(tree, { recursive: true });
    await rm(join(part, 'debs'), { recursive: true });
  });
  return { kernel: join(directory, 'vmlinuz'), root: join(directory, 'root') };
}

/** linux-image-arm64 is an empty package that depends on the kernel of the day. */
async function extractKernel(tree: string, debs: string): Promise<void> {
  const archive = await openArchive({ suite: 'bookworm', arch: 'arm64' });
  const [pointer = ''] = await archive.downloadPackages([RECIPE.kernel], debs);
  const depends = await requireCommand('Reading the kernel package', 'dpkg-deb', ['--field', pointer, 'Depends']);
  const [name] = depends.match(/linux-image-\S+-arm64/) ?? [];
  if (name === undefined) throw new Error(`Cannot find the kernel that ${basename(pointer)} depends on: ${depends}`);
  await extractDebs(await archive.downloadPackages([name], debs), tree);
}

/** Copies the wanted modules and all that they depend on, and indexes them anew for modprobe. */
async function copyModules(tree: string, root: string, version: string): Promise<void> {
  const folder = join('lib/modules', version);
  // kmod's tools are not in every user's PATH.
  const depmod = (base: string) => requireCommand('Indexing modules', '/sbin/depmod', ['-b', base, version]);
  await depmod(tree);
  const lines = (await readFile(join(tree, folder, 'modules.dep'), 'utf8')).trim().split('\n');
  // Each line: the module's file, a colon, and the files of everything that it needs.
  const needs = new Map(lines.map((line) => [moduleName(line), line.replace(':', '').trim().split(/\s+/)] as const));
  const builtin = (await readFile(join(tree, folder, 'modules.builtin'), 'utf8')).trim().split('\n').map(moduleName);
  const wanted = RECIPE.modules.filter((name) => !builtin.includes(name));
  const missing = wanted.find((name) => !needs.has(name));
  if (missing !== undefined) throw new Error(`Debian's arm64 kernel ${version} has no module ${missing}`);
  const files = new Set(wanted.flatMap((name) => needs.get(name) ?? []));
  for (const file of [...files, 'modules.order', 'modules.builtin', 'modules.builtin.modinfo']) {
    await mkdir(dirname(join(root, folder, file)), { recursive: true });
    await cp(join(tree, folder, file), join(root, folder, file));
  }
  await depmod(root);
}

/** Underscores, as modprobe has it, whatever the file has. */
function moduleName(line: string): string {
  return basename(line.split(':')[0] ?? '')
    .replace(/\.ko.*$/, '')
    .replaceAll('-', '_');
}
