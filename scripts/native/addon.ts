import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dropUnusedCalls } from './calls.ts';
import { hashFiles } from './hash-files.ts';
import { type Libraries, listOpencvHeaders, OPENCV_LIBRARY } from './libraries.ts';
import { buildSharedLibrary } from './ninja.ts';
import type { Prepared } from './prepare.ts';
import { projectRoot } from './project.ts';
import { ADDON_FILES, LINK_FLAGS } from './recipe.ts';
import { listFiles } from './sources.ts';
import type { Step } from './steps.ts';
import { listCompileFlags } from './toolchain.ts';

export const ADDON_NAME = 'opencv4nodejs.node';

const PATCH = 'patches/opencv4nodejs.patch';
/** Our C++ sources, which are compiled beside those of the package. */
const OWN = 'own';

/** How an addon is compiled, beside the flags that every addon has. */
export interface AddonKind {
  /** The name of its step. */
  readonly step: string;
  readonly compileFlags: readonly string[];
  readonly linkFlags: readonly string[];
  /** Whether reports can name functions and lines. */
  readonly hasSymbols: boolean;
}

export const releaseAddon: AddonKind = { step: 'addon', compileFlags: [], linkFlags: [], hasSymbols: false };

/** Everything that goes into the addon beside the packages, within this folder. */
export async function listAddonSources(): Promise<string[]> {
  const own = await listFiles(join(import.meta.dirname, OWN), '');
  return [PATCH, ...own.map((name) => `${OWN}/${name}`)];
}

/** Builds an addon against the static libraries and a Node's headers; gives the step's folder, which holds it. */
export async function buildAddonStep(
  { steps, tools, libraries, node }: Prepared,
  { step: name, compileFlags, linkFlags, hasSymbols }: AddonKind,
): Promise<string> {
  const sources = await listAddonSources();
  const texts = await Promise.all(sources.map((path) => readFile(join(import.meta.dirname, path), 'utf8')));
  const inputs = [
    texts,
    await readPackageVersions(),
    await hashFiles(['addon.ts', 'calls.ts', 'ninja.ts', 'recipe.ts']),
  ];
  return steps.runStep(name, [...inputs, compileFlags, linkFlags], async (step) => {
    await copySources(step);
    await writeFile(join(step.folder, 'exports.map'), '{ global: node_register_module_v*; local: *; };\n');
    await buildSharedLibrary(step, tools, {
      output: ADDON_NAME,
      sources: await writeUnits(step),
      compileFlags: [...listAddonFlags(step, libraries, node), ...compileFlags],
      linkFlags: [
        ...LINK_FLAGS,
        ...linkFlags,
        '-Wl,--version-script=exports.map',
        '-Wl,--wrap=jpeg_std_error',
        ...listStaticLibraries(libraries),
      ],
      isStripped: !hasSymbols,
    });
  });
}

/** The npm packages whose sources go into the addon, with their versions. */
export async function readPackageVersions(): Promise<Record<string, string>> {
  const versions: Record<string, string> = {};
  for (const name of ['@u4/opencv4nodejs', 'nan']) {
    const text = await readFile(join(projectRoot, 'node_modules', name, 'package.json'), 'utf8');
    versions[name] = (JSON.parse(text) as { version: string }).version;
  }
  return versions;
}

/** Every static library in link order, then those of the system. */
export function listStaticLibraries(libraries: Libraries): string[] {
  const ffmpeg = ['avformat', 'avcodec', 'swscale', 'avutil'];
  return [
    `${libraries.opencv}/${OPENCV_LIBRARY}`,
    ...ffmpeg.map((name) => `${libraries.ffmpeg}/prefix/lib/lib${name}.a`),
    `${libraries['libjpeg-turbo']}/prefix/lib/libjpeg.a`,
    `${libraries.zlib}/prefix/lib/libz.a`,
    ...['-lpthread', '-ldl', '-lrt', '-lm'],
  ];
}

async function copySources(step: Step): Promise<void> {
  const modules = join(projectRoot, 'node_modules');
  await cp(join(modules, '@u4/opencv4nodejs/cc'), join(step.folder, 'cc'), { recursive: true });
  await mkdir(join(step.folder, 'nan'));
  for (const header of await listFiles(join(modules, 'nan'), '.h')) {
    await cp(join(modules, 'nan', header), join(step.folder, 'nan', header));
  }
  await cp(join(import.meta.dirname, OWN), join(step.folder, 'cc', OWN), { recursive: true });
  await step.run('patch', ['-p1', '--no-backup-if-mismatch', '-i', join(import.meta.dirname, PATCH)]);
  await dropUnusedCalls(join(step.folder, 'cc'), ADDON_FILES);
}

/**
 * Two files that include all others: the headers of V8, Nan and OpenCV, which take most of the time, are read twice
 * rather than twenty times.
 */
async function writeUnits(step: Step): Promise<string[]> {
  const own = await listFiles(join(step.folder, 'cc', OWN), '.cc');
  const units = { package: ADDON_FILES, own: own.map((file) => `${OWN}/${file}`) };
  for (const [name, files] of Object.entries(units)) {
    await writeFile(join(step.folder, `${name}.cc`), files.map((file) => `#include "${file}"\n`).join(''));
  }
  return Object.keys(units).map((name) => `${name}.cc`);
}

function listAddonFlags(step: Step, libraries: Libraries, node: string): string[] {
  const includes = ['cc', `cc/${OWN}`, 'cc/core', 'cc/native-node-utils', 'nan', join(node, 'include/node')];
  return [
    ...listCompileFlags(step.folder),
    '-std=gnu++20',
    // The package's own warnings are not ours to mend.
    '-w',
    ...['NODE_GYP_MODULE_NAME=opencv4nodejs', 'USING_UV_SHARED=1', 'USING_V8_SHARED=1', 'BUILDING_NODE_EXTENSION'].map(
      (define) => `-D${define}`,
    ),
    ...[...includes, ...listHeaders(libraries)].map((directory) => `-I${directory}`),
  ];
}

function listHeaders(libraries: Libraries): string[] {
  const plain = (['libjpeg-turbo', 'ffmpeg'] as const).map((name) => `${libraries[name]}/prefix/include`);
  return [...listOpencvHeaders(libraries.opencv), ...plain];
}
