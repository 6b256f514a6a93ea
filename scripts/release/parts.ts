import { join } from 'node:path';
import { requireCommand } from '../debian/command.ts';
import { readPackageVersions } from '../native/addon.ts';
import { fetchNode, NODE_VERSION } from '../native/node.ts';
import { COMPILER_PACKAGES, SOURCE_PINS, type SourcePin } from '../native/recipe.ts';
import { listComponents } from '../package/licences.ts';

/** Code of others inside the programs. */
export interface Part {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression. */
  readonly licence?: string;
  /** Package URL, without anything behind the version: no two parts have the same. */
  readonly purl: string;
  /** Its name in lists of holes. */
  readonly cpe?: string;
  /** Path and SHA-256 of each file that it is built from. */
  readonly sources?: SourcePin['files'];
  /** How it differs from the original. */
  readonly note?: string;
  readonly inside?: readonly Part[];
}

/** Vendor and product in the National Vulnerability Database. */
const products: Readonly<Record<string, string>> = {
  zlib: 'zlib:zlib',
  'libjpeg-turbo': 'libjpeg-turbo:libjpeg-turbo',
  ffmpeg: 'ffmpeg:ffmpeg',
  opencv: 'opencv:opencv',
  node: 'nodejs:node.js',
  openssl: 'openssl:openssl',
  undici: 'nodejs:undici',
};
/** Numbers in Node's list of its parts that are no versions of code. A part that was left out has an empty one. */
const noParts = ['node', 'modules', 'napi', 'unicode', 'cldr', 'tz'];

/** @param folders of packages, below node_modules @returns one part for each */
export async function listNpmParts(folders: readonly string[]): Promise<Part[]> {
  const [, ...components] = await listComponents(folders);
  return components.map((one) => ({ ...one, purl: formatNpmPurl(one.name, one.version) }));
}

/** Everything that is linked into the addon, with the versions of the recipe. */
export async function listNativeParts(): Promise<Part[]> {
  const pins = Object.entries<SourcePin>(SOURCE_PINS).map(([name, { version, licence, files }]) => {
    const note = "with Debian's patches";
    return { ...describe(name, version), licence, sources: files, ...(files.length > 1 ? { note } : {}) };
  });
  const packages = await listNpmParts(Object.keys(await readPackageVersions()));
  const patched = packages.map((part) => ({ ...part, note: 'with scripts/native/patches/opencv4nodejs.patch' }));
  const compilers = Object.values(COMPILER_PACKAGES).flat();
  const gcc = /^g\+\+-(\d+)/.exec(compilers[0] ?? '')?.[1] ?? 'unknown';
  return [...pins, ...patched, { ...describe('libstdc++', gcc), licence: 'GPL-3.0-or-later WITH GCC-exception-3.1' }];
}

/** Node, and the libraries inside. */
export async function listNodeParts(): Promise<Part> {
  const node = join(await fetchNode('linux-x64'), 'bin/node');
  const env = { NODE_OPTIONS: '' };
  const text = await requireCommand('Asking Node for its parts', node, ['-p', 'JSON.stringify(process.versions)'], {
    env,
  });
  const versions = Object.entries(JSON.parse(text) as Record<string, string>);
  const inside = versions
    .filter(([name, version]) => version !== '' && !noParts.includes(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const [own] = await listComponents([]);
  return {
    ...describe('node', NODE_VERSION),
    ...(own === undefined ? {} : { licence: own.licence }),
    inside: inside.map(([name, version]) => {
      const part = describe(name, version);
      return { ...part, purl: part.purl.replace('pkg:generic/', 'pkg:generic/node/') };
    }),
  };
}

function describe(name: string, version: string): Part {
  const product = products[name];
  // Lists of holes know no Debian revision.
  const upstream = version.replace(/-.*/, '');
  return {
    name,
    version,
    purl: `pkg:generic/${encodeURIComponent(name)}@${encodeURIComponent(version)}`,
    ...(product === undefined ? {} : { cpe: `cpe:2.3:a:${product}:${upstream}:*:*:*:*:*:*:*` }),
  };
}

function formatNpmPurl(name: string, version: string): string {
  return `pkg:npm/${name.replace('@', '%40')}@${encodeURIComponent(version)}`;
}
