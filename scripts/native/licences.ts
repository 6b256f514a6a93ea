import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readPackageVersions } from './addon.ts';
import type { Libraries } from './libraries.ts';
import { NODE_VERSION } from './node.ts';
import { projectRoot } from './project.ts';
import { SOURCE_PINS, type SourcePin } from './recipe.ts';

/** Puts the licence texts of everything that is linked into the addon into `directory`, and a NOTICE over them. */
export async function collectLicences(libraries: Libraries, node: string, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const rows: string[] = [];
  for (const [name, folder] of Object.entries(libraries)) {
    const pin: SourcePin = SOURCE_PINS[name as keyof Libraries];
    for (const file of pin.licenceFiles) {
      await copyText(join(folder, 'src', file), join(directory, `${name}-${file}`));
    }
    rows.push(describeRow(name, pin.version, pin.licence));
  }
  const versions = await readPackageVersions();
  const modules = join(projectRoot, 'node_modules');
  await copyText(join(modules, '@u4/opencv4nodejs/LICENSE'), join(directory, 'opencv4nodejs-LICENSE'));
  await copyText(join(modules, 'nan/LICENSE.md'), join(directory, 'nan-LICENSE.md'));
  await copyText(join(node, 'LICENSE'), join(directory, 'node-LICENSE'));
  rows.push(describeRow('opencv4nodejs', `${versions['@u4/opencv4nodejs']} (patched)`, 'MIT'));
  rows.push(describeRow('nan', `${versions.nan} (patched)`, 'MIT'));
  rows.push(describeRow('node (headers)', NODE_VERSION, 'MIT'));
  rows.push(describeRow('libstdc++', 'of GCC', 'GPL-3.0-or-later WITH GCC-exception-3.1'));
  await writeFile(join(directory, 'NOTICE'), describeNotice(rows));
}

// Not by fs.cp, which as root keeps the owner that the tarball named.
async function copyText(from: string, to: string): Promise<void> {
  await writeFile(to, await readFile(from));
}

function describeRow(name: string, version: string, licence: string): string {
  return `  ${name.padEnd(16)} ${version.padEnd(20)} ${licence}`;
}

function describeNotice(rows: readonly string[]): string {
  const ffmpeg = SOURCE_PINS.ffmpeg;
  const [[tarball, sum]] = ffmpeg.files;
  return `opencv4nodejs.node and libopencv_highgui_gtk3.so hold the code of these, linked statically:

${rows.join('\n')}

Their licence texts are the files beside this one.

FFmpeg is under the GNU Lesser General Public License, version 2.1 or later. It is built without its GPL parts and
without changes, from ${tarball.split('/').at(-1)} of Debian's archive
(SHA-256 ${sum}).
You may change it and link the libraries anew: image-socket's source holds the scripts that did it, and all that they
fetch is pinned there. Put your FFmpeg, as a tarball of the same name, into ~/.cache/image-socket/native/sources/, its
SHA-256 into scripts/native/recipe.ts, and run
  node scripts/native/build.ts linux-x64      (or linux-arm64)
The folder that the command names then holds the new libraries; put them in the place of these.
`;
}
