import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';

/** The disposition of a signal in a process, by /proc. */
export type Disposition = 'blocked' | 'ignored' | 'caught' | 'default';

const fields = { blocked: 'SigBlk', ignored: 'SigIgn', caught: 'SigCgt' } as const;

export async function readDisposition(pid: number, signal: NodeJS.Signals): Promise<Disposition> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  for (const [disposition, field] of Object.entries(fields)) {
    const bits = BigInt(`0x${new RegExp(`^${field}:\\s*([0-9a-f]+)$`, 'm').exec(status)?.[1]}`);
    if ((bits >> BigInt(constants.signals[signal] - 1)) & 1n) return disposition as Disposition;
  }
  return 'default';
}

/** Whether a process is there; one that has ended and that nobody has waited for is not. */
export async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat !== '' && !/^\d+ \(.*\) Z/.test(stat);
}
