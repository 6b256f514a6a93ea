import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Build } from '../../src/system/build.ts';
import { projectRoot } from '../native/project.ts';
import { lazyImports } from './lazy-imports.ts';
import type { Program } from './programs.ts';
import { quickWidth } from './quick-width.ts';

/** One program as a single CommonJS file, which is the only form that Node's single-executable mode starts. */
export interface Bundle {
  program: Program;
  code: string;
  /** Folders below node_modules of the npm packages whose code is inside, such as `cliui/node_modules/emoji-regex`; sorted. */
  packages: string[];
}

/** The files of the receiver's page by name: a packaged program has no files beside it. */
async function readPage(): Promise<Record<string, string>> {
  const folder = join(projectRoot, 'src/sinks/web/page');
  const names = (await readdir(folder)).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return Object.fromEntries(names.map((name, i) => [name, texts[i] ?? '']));
}

/**
 * Bundles src/<program>.ts with everything that it imports.
 * @param about what `--version` says of a packaged program
 */
export async function bundleProgram(program: Program, about?: Build): Promise<Bundle> {
  const file = join(projectRoot, 'src', `${program}.ts`);
  const result = await build({
    absWorkingDir: projectRoot,
    entryPoints: [file],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    legalComments: 'none',
    // V8 keeps the source in memory. Names stay, and lines are short: a stack still tells where it was.
    minifyWhitespace: true,
    lineLimit: 160,
    logLevel: 'silent',
    plugins: [lazyImports, quickWidth],
    // CommonJS has no import.meta; yargs and the sources want the address of this file.
    define: {
      'import.meta.url': '__bundleUrl',
      __pageFiles: JSON.stringify(await readPage()),
      __build: JSON.stringify(about) ?? 'undefined',
    },
    banner: { js: 'const __bundleUrl = require("node:url").pathToFileURL(__filename).href;' },
  }).catch((error: unknown) => {
    throw new Error(`Cannot bundle ${file}: ${error instanceof Error ? error.message : String(error)}`);
  });
  const packages = Object.keys(result.metafile.inputs).flatMap((path) => {
    const name = /^(?:.*?\/)??node_modules\/((?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
    return name === undefined ? [] : [name];
  });
  return { program, code: result.outputFiles[0]?.text ?? '', packages: [...new Set(packages)].sort() };
}
