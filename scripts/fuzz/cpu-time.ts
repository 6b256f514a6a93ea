import { readFileSync } from 'node:fs';
import process from 'node:process';

const ticksPerSecond = 100;

/** Milliseconds of processor time of this process: what else runs on the machine does not count. */
export function readCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** The same of another process, as Linux counts it (proc_pid_stat(5)); 0 where it has ended. */
export function readCpuMsOf(pid: number | undefined): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the name of the program, which may hold spaces.
    const [user = 0, system = 0] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
      .map(Number);
    return ((user + system) / ticksPerSecond) * 1000;
  } catch {
    return 0;
  }
}
