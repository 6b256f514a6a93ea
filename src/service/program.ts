import process from 'node:process';
import { isDeno, isPackaged } from '../system/runtime.ts';

/**
 * The words that start this very program, absolute: itself where it is packaged, else what runs its
 * source.
 */
export function describeProgram(): [string, ...string[]] {
  const { execPath, argv } = process;
  if (isPackaged()) return [execPath];
  const script = argv[1] ?? '';
  // SIGUSR1 would open Node's debugger to every user of the machine; the packages have the same
  // within.
  return isDeno() ? [execPath, 'run', '-A', '--quiet', script] : [execPath, '--disable-sigusr1', script];
}
