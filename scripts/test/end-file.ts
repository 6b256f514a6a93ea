// Loaded into the process of each test file. A file whose tests are done ends, also where something keeps its process busy. The test
// runner's own --test-force-exit ends it too soon: it left out up to two thirds of the tests of a file, and called it good.

import '../no-multicast.ts';
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { after } from 'node:test';

const graceMs = 2000;
const flushMs = 500;
const ticksPerSecond = 100;

/** Seconds of processor time of this process, and of the ended ones that it waited for, as Linux counts them (proc_pid_stat(5)). */
function readCpuSeconds(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  // The second field is the program's name, which may hold spaces; the third is next.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [userTicks, systemTicks, childUserTicks, childSystemTicks] = fields.slice(11, 15).map(Number);
  return ((userTicks ?? 0) + (systemTicks ?? 0) + (childUserTicks ?? 0) + (childSystemTicks ?? 0)) / ticksPerSecond;
}

const { TEST_CPU_FILE: cpuFile, NODE_TEST_CONTEXT: context } = process.env;

// `node --test`, which starts the files in processes of their own, loads this as well.
if (cpuFile !== undefined || context !== undefined) {
  after(() => {
    setTimeout(() => {
      const busy = process.getActiveResourcesInfo().join(', ');
      process.stderr.write(`test: ${process.argv[1]} is ended, as it goes on after its tests: ${busy}\n`);
      // The reporters write their ends then.
      process.emit('beforeExit', 0);
      setTimeout(() => process.exit(), flushMs).unref();
    }, graceMs).unref();
  });
}
if (cpuFile !== undefined) {
  process.once('exit', () => writeFileSync(cpuFile, `${readCpuSeconds()}`));
  // By an exit, at which the programs that it started are ended too.
  process.once('SIGTERM', () => process.exit(1));
}
