// Usage: run-pkg.ts INPUT TARGET NODE_VERSION OUTPUT. Runs pkg's simple SEA mode, in a process of its own as pkg looks for Node below
// $HOME. Its command line knows no settings of Node's in that mode; its function does.
import process from 'node:process';
import pkg from '@yao-pkg/pkg/lib-es5/sea.js';

const [input = '', target = '', version = '', output = ''] = process.argv.slice(2);
const [, arch = ''] = target.split('-');

/** As https://nodejs.org/api/single-executable-applications.html describes it. */
const seaConfig = {
  disableExperimentalSEAWarning: true,
  useSnapshot: false,
  useCodeCache: false,
  // Else SIGUSR1 opens a debugger to every user of the machine.
  execArgv: ['--disable-sigusr1'],
  // No NODE_OPTIONS: one that is meant for other programs would open a debugger, load code, or keep this one from starting.
  execArgvExtension: 'none',
};

await pkg.default(input, { targets: [{ nodeRange: `node${version}`, platform: 'linux', arch, output }], seaConfig });
