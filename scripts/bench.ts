// Figures that bench/README.md and the notes quote. Ratios count, taken in one run by turns: machines are shared and noisy.

import { join } from 'node:path';
import process from 'node:process';
import { runChild } from '../test/support/child.ts';
import { compareAgainst } from './bench/against/compare.ts';
import { watchCameras } from './bench/cameras.ts';
import { compareFloods } from './bench/floods.ts';
import { compareForwarding } from './bench/forward.ts';
import { compareWires } from './bench/latency.ts';
import { watchMemory } from './bench/memory.ts';
import { compareNats } from './bench/nats.ts';
import { timeStart } from './bench/start.ts';
import { compareAnswers } from './bench/sync.ts';
import { compareThroughput } from './bench/throughput.ts';
import { projectRoot } from './native/project.ts';

const build = [join(projectRoot, 'scripts/build.ts'), '--no-archives', '--target', `linux-${process.arch}`];
await runChild(process.execPath, build, 3_600_000);
const parts = {
  wires: compareWires,
  throughput: compareThroughput,
  forward: compareForwarding,
  floods: compareFloods,
  answers: compareAnswers,
  cameras: watchCameras,
  nats: compareNats,
  start: timeStart,
  memory: watchMemory,
};
const [first, ...others] = process.argv.slice(2);
const chosen = first === undefined ? Object.keys(parts) : [first, ...others];
if (first === 'against') {
  await compareAgainst(others).catch((error: unknown) => {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  });
}
for (const [name, measure] of Object.entries(parts)) {
  if (first !== 'against' && chosen.includes(name)) await measure();
}
