import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { extractDebs, openArchive } from '../debian/archive.ts';
import { listStaticLibraries } from './addon.ts';
import { type Libraries, listOpencvHeaders } from './libraries.ts';
import { buildSharedLibrary } from './ninja.ts';
import { GTK_PACKAGES, LINK_FLAGS } from './recipe.ts';
import type { Step, StepRunner } from './steps.ts';
import { listCompileFlags, type Toolchain } from './toolchain.ts';

// OpenCV looks for libopencv_highgui_gtk*.so in the addon's own folder.
export const PLUGIN_NAME = 'libopencv_highgui_gtk3.so';

const GTK_HEADERS = ['gtk-3.0', 'glib-2.0', 'cairo', 'pango-1.0', 'harfbuzz', 'atk-1.0', 'gdk-pixbuf-2.0'];
const GTK_LIBRARIES = ['gtk-3', 'gdk-3', 'gdk_pixbuf-2.0', 'cairo', 'gobject-2.0', 'glib-2.0'];

/** Builds OpenCV's GTK 3 window backend as a plugin of its own; gives the step's folder, which holds it. */
export async function buildPluginStep(steps: StepRunner, tools: Toolchain, libraries: Libraries): Promise<string> {
  const unused = join(import.meta.dirname, 'own/opencv-unused.cc');
  const inputs = [GTK_PACKAGES, LINK_FLAGS, await readFile(unused, 'utf8')];
  return steps.runStep('plugin', inputs, async (step) => {
    const root = await unpackGtk(step, tools);
    await writeFile(join(step.folder, 'exports.map'), '{ global: opencv_ui_plugin_init_v0; local: *; };\n');
    const highgui = join(libraries.opencv, 'src/modules/highgui/src');
    await buildSharedLibrary(step, tools, {
      output: PLUGIN_NAME,
      sources: [join(highgui, 'window_gtk.cpp'), unused],
      compileFlags: [
        ...listCompileFlags(libraries.opencv),
        ...['-std=gnu++17', '-w'],
        ...['BUILD_PLUGIN', 'HAVE_GTK', 'HAVE_GTK3', 'HAVE_GTHREAD', '__OPENCV_BUILD=1'].map((define) => `-D${define}`),
        ...listIncludes(libraries, highgui, root, tools.triplet),
      ],
      linkFlags: [
        ...LINK_FLAGS,
        '-Wl,--version-script=exports.map',
        // The plugin's own window_gtk.cpp stands in for parts of the static library.
        '-Wl,--allow-multiple-definition',
        ...listStaticLibraries(libraries),
        `-L${root}/usr/lib/${tools.triplet}`,
        ...GTK_LIBRARIES.map((name) => `-l${name}`),
      ],
      isStripped: true,
    });
  });
}

function listIncludes(libraries: Libraries, highgui: string, root: string, triplet: string): string[] {
  const { opencv } = libraries;
  const directories = [
    highgui,
    ...listOpencvHeaders(opencv),
    ...GTK_HEADERS.map((name) => join(root, 'usr/include', name)),
    join(root, 'usr/lib', triplet, 'glib-2.0/include'),
  ];
  return directories.map((directory) => `-I${directory}`);
}

/** GTK's headers and libraries for the target, beside the system and without touching it. */
async function unpackGtk(step: Step, tools: Toolchain): Promise<string> {
  const arch = tools.target === 'linux-arm64' ? 'arm64' : 'amd64';
  const archive = await openArchive({ suite: 'bookworm', arch });
  const root = join(step.folder, 'root');
  await extractDebs(await archive.downloadPackages(GTK_PACKAGES, join(step.folder, 'debs')), root);
  return root;
}
