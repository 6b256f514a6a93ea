// Faults of every kind, one after the other, for pairs of senders and receivers in network namespaces of their own. The
// programs run in namespaces that end with this process: of network, mounts and processes. So nothing is left behind, even
// if this process is killed.

import './no-multicast.ts';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { runChild } from '../test/support/child.ts';
import { SteppedClock } from '../test/support/clock.ts';
import { chaosUsage, readChaosOptions } from './chaos/options.ts';
import { runApart } from './chaos/run-apart.ts';
import { prepareResultsFile } from './cli/results-place.ts';
import { runCommandLine } from './cli/run-command-line.ts';
import { installPackages } from './debian/install.ts';
import { projectRoot } from './native/project.ts';

/** Holds the names of network namespaces. The run has its own, in memory, with its temporary files. */
const netns = '/run/netns';
const isolate = [
  ...['unshare', '--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc'],
  ...['sh', '-c', `mount -t tmpfs tmpfs ${netns} && exec "$@"`, 'sh'],
];

await runCommandLine({
  name: 'chaos',
  usage: chaosUsage,
  read: readChaosOptions,
  run: async ({ runtime, out }) => {
    if (out !== undefined) await prepareResultsFile(out, `${out}.log`);
    if (process.getuid?.() !== 0) throw new Error('Cannot make network namespaces: run it as root');
    await installPackages(['iproute2', 'nftables', 'util-linux'], 'the chaos run');
    // Compiles the clock of the programs: there is no network later.
    await (await SteppedClock.open())[Symbol.asyncDispose]();
    if (runtime === 'packaged') {
      const build = ['scripts/build.ts', '--no-archives', '--target', `linux-${process.arch}`];
      await runChild(process.execPath, build, 3_600_000, { cwd: projectRoot });
    }
    mkdirSync(netns, { recursive: true });
    return run(process.argv.slice(2));
  },
});

function run(args: readonly string[]): Promise<number> {
  const temporary = join(netns, 'tmp');
  const env = { TMPDIR: temporary, NODE_COMPILE_CACHE: join(temporary, 'compiled') };
  return runApart([...isolate, process.execPath, join(projectRoot, 'scripts/chaos/run.ts'), ...args], env);
}
