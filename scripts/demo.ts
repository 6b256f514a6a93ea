// The main job, seen to work: a preview that needs no build, this machine's package, then its receiver and sender.
import './no-multicast.ts';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { describeError } from './cli/describe-error.ts';
import { endWithProcess } from './cli/end-with-process.ts';
import { resolvePlace } from './cli/results-place.ts';
import { exitOnSignals, Scratch } from './cli/scratch.ts';
import { startPreview } from './demo/preview.ts';
import { tryPackages } from './demo/trial.ts';
import { hasAddon } from './native/cache.ts';
import { projectRoot } from './native/project.ts';
import type { Target } from './native/recipe.ts';

const target = `linux-${process.arch}` as Target;

function say(line: string): void {
  process.stderr.write(`demo: ${line}\n`);
}

async function build(): Promise<void> {
  const args = [join(projectRoot, 'scripts/build.ts'), '--no-archives', '--target', target];
  const child = endWithProcess(spawn(process.execPath, args, { cwd: projectRoot, stdio: 'inherit' }));
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error('the build failed, see above');
}

/** Builds the package; where that takes minutes, pictures can be seen meanwhile. */
async function buildWithPreview(): Promise<void> {
  if (await hasAddon(target)) return await build();
  using scratch = new Scratch('demo');
  await using programs = new AsyncDisposableStack();
  try {
    const preview = programs.use(await startPreview(scratch.path));
    say(`look at ${preview.page}: drawn pictures, from an image-sender to an image-receiver`);
    say('what needs OpenCV is now compiled, once; the page stays until then, or until Ctrl-C');
  } catch (error) {
    say(`no preview: ${describeError(error)}`);
  }
  await build();
}

exitOnSignals();
try {
  const [file] = process.argv.slice(2);
  await buildWithPreview();
  for (const line of await tryPackages(file === undefined ? undefined : resolvePlace(file))) say(line);
} catch (error) {
  say(`failed: ${describeError(error)}`);
  process.exitCode = 1;
}
