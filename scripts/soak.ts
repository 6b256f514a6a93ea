// All that a site may have, for hours: cameras, every sink, viewers, a NATS server, and restarts at random. Memory, handles,
// latency and every picture of *every* are watched.

import './no-multicast.ts';
import { join } from 'node:path';
import process from 'node:process';
import { runChild } from '../test/support/child.ts';
import { requireBuilt } from './bench/support.ts';
import { runApart } from './chaos/run-apart.ts';
import { prepareResultsFile } from './cli/results-place.ts';
import { runCommandLine } from './cli/run-command-line.ts';
import { projectRoot } from './native/project.ts';
import { findChartFile, readSoakOptions, soakUsage } from './soak/options.ts';

await runCommandLine({
  name: 'soak',
  usage: soakUsage,
  read: readSoakOptions,
  run: async ({ out, builds, runtime }) => {
    if (out !== undefined) await prepareResultsFile(out, `${out}.log`, findChartFile(out));
    if (builds) {
      const build = ['scripts/build.ts', '--no-archives', '--target', `linux-${process.arch}`];
      await runChild(process.execPath, build, 3_600_000, { cwd: projectRoot });
    } else if (runtime === 'packaged') await requireBuilt();
    return runApart([process.execPath, join(projectRoot, 'scripts/soak/run.ts'), ...process.argv.slice(2)]);
  },
});
