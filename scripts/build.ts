import './no-multicast.ts';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { exitOnSignals } from './cli/scratch.ts';
import { projectRoot } from './native/project.ts';
import { SOURCE_PINS, TARGETS, type Target } from './native/recipe.ts';
import { bundleProgram } from './package/bundle.ts';
import { readCommit } from './package/commit.ts';
import { PROGRAMS } from './package/programs.ts';
import { packageTarget } from './package/target.ts';

const USAGE = `usage: npm run build -- [--target ${TARGETS.join('|')}|all] [--no-archives]`;

function readOptions(): { readonly targets: Target[]; readonly hasArchives: boolean } {
  const { values } = parseArgs({
    allowNegative: true,
    options: { target: { type: 'string', default: 'all' }, archives: { type: 'boolean', default: true } },
  });
  const targets = TARGETS.filter((target) => values.target === 'all' || values.target === target);
  if (targets.length === 0) throw new Error(`unknown target "${values.target}"; ${USAGE}`);
  return { targets, hasArchives: values.archives };
}

exitOnSignals();
try {
  const { targets, hasArchives } = readOptions();
  const manifest = JSON.parse(await readFile(join(projectRoot, 'package.json'), 'utf8')) as { version: string };
  const { name: commit, timeSeconds } = await readCommit();
  const about = { commit, openCv: SOURCE_PINS.opencv.version, ffmpeg: SOURCE_PINS.ffmpeg.version };
  const bundles = await Promise.all(PROGRAMS.map((program) => bundleProgram(program, about)));
  const options = { bundles, version: manifest.version, timeSeconds, hasArchives };
  for (const target of targets) await packageTarget(target, options);
  await cp(join(projectRoot, 'src/lite/image-sender-lite.py'), join(projectRoot, 'dist/image-sender-lite'));
} catch (error) {
  process.stderr.write(`build: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
