import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { extractDebs, openArchive } from '../debian/archive.ts';
import { requireCommand } from '../debian/command.ts';
import { userCachePath } from '../debian/user-cache.ts';
import { ADDON_NAME } from './addon.ts';
import { compareVersions, readElf } from './elf.ts';
import { PLUGIN_NAME } from './plugin.ts';
import { NEWEST_GLIBC, type Target } from './recipe.ts';

const ADDON_NEEDS = /^(libm\.so\.6|libgcc_s\.so\.1|libc\.so\.6|ld-linux-(x86-64\.so\.2|aarch64\.so\.1))$/;
const PLUGIN_NEEDS = /^(lib(gtk-3|gdk-3|gdk_pixbuf-2\.0|cairo|gobject-2\.0|glib-2\.0)\.so\.[02])$/;

/** Symbols of the static libraries, which must all be inside. */
const LINKED = /^_Z\w*?2cv|^(cv[A-Z]|av_|avpriv_|avcodec_|avformat_|avio_|ff_|sws_|jpeg_|inflate|deflate)/;

/** Checks a built addon and its plugin in `directory` by their tables and by a run in Node; throws at the first fault. */
export async function verifyAddon(target: Target, directory: string, node: string): Promise<void> {
  await verifyLibrary(join(directory, ADDON_NAME), /^node_register_module_v\d+$/, (name) => ADDON_NEEDS.test(name));
  await verifyLibrary(
    join(directory, PLUGIN_NAME),
    /^opencv_ui_plugin_init_v0$/,
    (name) => ADDON_NEEDS.test(name) || PLUGIN_NEEDS.test(name),
  );
  const runner = target === 'linux-arm64' ? ['qemu-aarch64-static', '-L', await prepareArm64Root()] : [];
  const [command = '', ...args] = [...runner, join(node, 'bin/node'), join(import.meta.dirname, 'probe.ts'), directory];
  await requireCommand(`Trying the ${target} addon`, command, args, {
    timeoutMs: 5 * 60_000,
    // No display, and no plugin in the folder to look in: a window must be an Error here, whatever this machine has.
    env: {
      ...{ DISPLAY: undefined, WAYLAND_DISPLAY: undefined, NODE_OPTIONS: undefined },
      ...{ OPENCV_LOG_LEVEL: 'ERROR', OPENCV_CORE_PLUGIN_PATH: import.meta.dirname },
    },
  });
}

async function verifyLibrary(file: string, exports: RegExp, mayNeed: (name: string) => boolean): Promise<void> {
  const facts = await readElf(file);
  const foreign = facts.needed.filter((name) => !mayNeed(name));
  if (foreign.length > 0) throw new Error(`${file} needs ${foreign.join(' ')}: link it statically or leave it out`);
  const missing = facts.missing.filter((name) => LINKED.test(name));
  if (missing.length > 0) {
    const shown = missing.slice(0, 5).join(' ');
    throw new Error(`${file} lacks ${shown}: add the source to opencv-sources.ts, or the part to FFMPEG_OPTIONS`);
  }
  const leaked = facts.exported.filter((name) => !exports.test(name));
  if (leaked.length > 0 || facts.exported.length === 0) {
    throw new Error(`${file} exports ${leaked.slice(0, 5).join(' ') || 'nothing'}: expected ${exports.source} alone`);
  }
  if (compareVersions(facts.newestGlibc, NEWEST_GLIBC) > 0) {
    throw new Error(
      `${file} needs glibc ${facts.newestGlibc}, the limit is ${NEWEST_GLIBC}: it was built on too new a system`,
    );
  }
}

/** A folder with the arm64 libraries that Node itself needs, for qemu's -L; made once. */
export async function prepareArm64Root(): Promise<string> {
  const root = userCachePath('roots', 'bookworm-arm64');
  if (existsSync(root)) return root;
  await mkdir(userCachePath('roots'), { recursive: true });
  const work = await mkdtemp(userCachePath('roots', 'make-'));
  const archive = await openArchive({ suite: 'bookworm', arch: 'arm64' });
  const debs = await archive.downloadPackages(['libc6', 'libgcc-s1', 'libstdc++6'], join(work, 'debs'));
  await extractDebs(debs, join(work, 'root'));
  // Another process may have been first; then its folder is as good.
  await rename(join(work, 'root'), root).catch((error: unknown) => {
    if (!existsSync(root)) throw error;
  });
  await rm(work, { recursive: true, force: true });
  return root;
}
