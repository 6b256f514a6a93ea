import './no-multicast.ts';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { resolvePlace } from './cli/results-place.ts';
import { exitOnSignals } from './cli/scratch.ts';
import { projectRoot } from './native/project.ts';
import { SOURCE_PINS, TARGETS, type Target } from './native/recipe.ts';
import { hashRecipe } from './native/recipe-hash.ts';
import { bundleProgram } from './package/bundle.ts';
import { readCommit } from './package/commit.ts';
import { PROGRAMS } from './package/programs.ts';
import { packageTarget } from './package/target.ts';
import { type Manifest, readAddress } from './release/address.ts';
import { LITE } from './release/files.ts';
import { writeRelease } from './release/write.ts';

const USAGE = `usage: npm run build -- [--target ${TARGETS.join('|')}|all] [--no-archives] [--address URL] [--sign-key FILE]`;

interface Options {
  readonly targets: readonly Target[];
  readonly hasArchives: boolean;
  /** The page of the repository. */
  readonly address: string | undefined;
  /** File of the key that signs the sums. */
  readonly signKey: string | undefined;
}

function readOptions(): Options {
  const { values } = parseArgs({
    allowNegative: true,
    options: {
      target: { type: 'string', default: 'all' },
      archives: { type: 'boolean', default: true },
      address: { type: 'string' },
      'sign-key': { type: 'string' },
    },
  });
  const targets = TARGETS.filter((target) => values.target === 'all' || values.target === target);
  if (targets.length === 0) throw new Error(`unknown target "${values.target}"; ${USAGE}`);
  const key = values['sign-key'] ?? process.env['IMAGE_SOCKET_SIGN_KEY'] ?? '';
  const signKey = key === '' ? undefined : resolvePlace(key);
  return { targets, hasArchives: values.archives, address: values.address, signKey };
}

exitOnSignals();
try {
  const { targets, hasArchives, signKey, ...given } = readOptions();
  const manifest = JSON.parse(await readFile(join(projectRoot, 'package.json'), 'utf8')) as Manifest & {
    version: string;
  };
  const address = readAddress(given.address, manifest);
  const { version } = manifest;
  const { name: commit, timeSeconds } = await readCommit();
  const addon = await hashRecipe();
  const about = { commit, openCv: SOURCE_PINS.opencv.version, ffmpeg: SOURCE_PINS.ffmpeg.version, addon };
  const bundles = await Promise.all(PROGRAMS.map((program) => bundleProgram(program, about)));
  for (const target of targets) await packageTarget(target, { bundles, version, timeSeconds, hasArchives });
  const dist = join(projectRoot, 'dist');
  if (hasArchives) await writeRelease(dist, { targets, version, commit, timeSeconds, bundles, address, signKey });
  else await cp(join(projectRoot, 'src/lite/image-sender-lite.py'), join(dist, LITE));
} catch (error) {
  process.stderr.write(`build: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
