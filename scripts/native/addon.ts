import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Libraries } from './libraries.ts';
import { buildSharedLibrary } from './ninja.ts';
import { projectRoot } from './project.ts';
import { ADDON_FILES, ADDON_FOLDERS, LINK_FLAGS } from './recipe.ts';
import { listFiles } from './sources.ts';
import type { Step, StepRunner } from './steps.ts';
import { listCompileFlags, type Toolchain } from './toolchain.ts';

export const ADDON_NAME = 'opencv4nodejs.node';

const PATCH = join(import.meta.dirname, 'patches/opencv4nodejs.patch');

/** Sources of our own, beside the patch. */
const OWN_SOURCES = [
  ...['camera-jpeg.h', 'camera-jpeg.cc', 'capture-formats.h', 'capture-formats.cc', 'jpeg-call.h', 'plane-jpeg.h'],
  ...['plane-jpeg.cc', 'planes.h', 'planes.cc', 'quiet-jpeg.cc', 'video-file.h', 'video-file.cc', 'video-reader.h'],
  ...['video-reader.cc'],
];

/** Everything of the addon step, within this folder. */
export const ADDON_STEP_FILES = ['patches/opencv4nodejs.patch', ...OWN_SOURCES.map((name) => `patches/${name}`)];

/** Builds the addon against the static libraries and a Node's headers; gives the step's folder, which holds it. */
export async function buildAddonStep(
  steps: StepRunner,
  tools: Toolchain,
  libraries: Libraries,
  node: string,
): Promise<string> {
  const paths = [PATCH, ...OWN_SOURCES.map(ownSource)];
  const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
  const inputs = [texts, await readPackageVersions(), ADDON_FILES, ADDON_FOLDERS, LINK_FLAGS];
  return steps.runStep('addon', inputs, async (step) => {
    await copySources(step);
    await writeFile(join(step.folder, 'exports.map'), '{ global: node_register_module_v*; local: *; };\n');
    await buildSharedLibrary(step, tools, {
      output: ADDON_NAME,
      sources: await listSources(step),
      compileFlags: listAddonFlags(step, libraries, node),
      linkFlags: [
        ...LINK_FLAGS,
        '-Wl,--version-script=exports.map',
        '-Wl,--wrap=jpeg_std_error',
        ...listStaticLibraries(libraries),
      ],
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
  const opencv = ['highgui', 'videoio', 'imgcodecs', 'imgproc', 'core'];
  const ffmpeg = ['avformat', 'avcodec', 'swscale', 'avutil'];
  return [
    '-Wl,--start-group',
    ...opencv.map((name) => `${libraries.opencv}/prefix/lib/libopencv_${name}.a`),
    '-Wl,--end-group',
    ...ffmpeg.map((name) => `${libraries.ffmpeg}/prefix/lib/lib${name}.a`),
    `${libraries['libjpeg-turbo']}/prefix/lib/libjpeg.a`,
    `${libraries.libpng}/prefix/lib/libpng16.a`,
    `${libraries.zlib}/prefix/lib/libz.a`,
    ...['-lpthread', '-ldl', '-lrt', '-lm'],
  ];
}

function ownSource(name: string): string {
  return join(import.meta.dirname, 'patches', name);
}

async function copySources(step: Step): Promise<void> {
  const modules = join(projectRoot, 'node_modules');
  await cp(join(modules, '@u4/opencv4nodejs/cc'), join(step.folder, 'cc'), { recursive: true });
  await mkdir(join(step.folder, 'nan'));
  for (const header of await listFiles(join(modules, 'nan'), '.h')) {
    await cp(join(modules, 'nan', header), join(step.folder, 'nan', header));
  }
  for (const name of OWN_SOURCES) await cp(ownSource(name), join(step.folder, 'cc/own', name));
  await step.run('patch', ['-p1', '--no-backup-if-mismatch', '-i', PATCH]);
}

async function listSources(step: Step): Promise<string[]> {
  const own = OWN_SOURCES.filter((name) => name.endsWith('.cc')).map((name) => `own/${name}`);
  const sources = [...ADDON_FILES, ...own].map((file) => `cc/${file}`);
  for (const folder of ADDON_FOLDERS) {
    const files = await listFiles(join(step.folder, 'cc', folder), '.cc');
    sources.push(...files.map((file) => `cc/${folder}/${file}`));
  }
  return sources;
}

function listAddonFlags(step: Step, libraries: Libraries, node: string): string[] {
  const includes = ['cc', 'cc/own', 'cc/core', 'cc/native-node-utils', 'nan', join(node, 'include/node')];
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
  return [`${libraries.opencv}/prefix/include/opencv4`, ...plain];
}
