// All that a site may have, for hours: cameras, every sink, viewers, a NATS server, and restarts at random. Memory, handles,
// latency and every picture of *every* are watched.

import { join } from 'node:path';
import process from 'node:process';
import { runChild } from '../test/support/child.ts';
import { runApart } from './chaos/run-apart.ts';
import { projectRoot } from './native/project.ts';
import { readSoakOptions, soakUsage } from './soak/options.ts';

try {
  const args = process.argv.slice(2);
  if (readSoakOptions(args).builds) {
    const build = ['scripts/build.ts', '--no-archives', '--target', `linux-${process.arch}`];
    await runChild(process.execPath, build, 3_600_000, { cwd: projectRoot });
  }
  process.exitCode = await runApart([process.execPath, join(projectRoot, 'scripts/soak/run.ts'), ...args]);
} catch (error) {
  process.stderr.write(`soak: ${error instanceof Error ? error.message : String(error)}\n${soakUsage}\n`);
  process.exitCode = 2;
}
