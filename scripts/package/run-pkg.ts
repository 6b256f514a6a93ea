// Usage: run-pkg.ts PROGRAM CACHE TARGET NODE_VERSION OUTPUT V8_FLAGS... Runs pkg's simple SEA mode, in a process of its own as pkg looks for Node below
// $HOME. Its command line knows no settings of Node's in that mode; its function does.
import { join } from 'node:path';
import process from 'node:process';
import pkg from '@yao-pkg/pkg/lib-es5/sea.js';

const [program = '', cache = '', target = '', version = '', output = '', ...flags] = process.argv.slice(2);
const [, arch = ''] = target.split('-');

/** As https://nodejs.org/api/single-executable-applications.html describes it. */
const seaConfig = {
  disableExperimentalSEAWarning: true,
  useSnapshot: false,
  // Node's own would hold main.cjs alone.
  useCodeCache: false,
  assets: { program, cache },
  // Without the first, SIGUSR1 opens a debugger to every user of the machine.
  execArgv: ['--disable-sigusr1', ...flags],
  // No NODE_OPTIONS: one that is meant for other programs would open a debugger, load code, or keep this one from starting.
  execArgvExtension: 'none',
};

await pkg.default(join(import.meta.dirname, 'main.cjs'), {
  targets: [{ nodeRange: `node${version}`, platform: 'linux', arch, output }],
  seaConfig,
});
