import process from 'node:process';
import { findOwnPath } from '../system/own-path.ts';
import { isDeno, isPackaged } from '../system/runtime.ts';

/**
 * The words that start this very program, absolute: the path that it was started with where it is
 * packaged, else what runs its source.
 */
export function describeProgram(): [string, ...string[]] {
  const { execPath, argv, argv0, env } = process;
  if (isPackaged()) return [findOwnPath({ execPath, argv0, cwd: process.cwd(), searchPath: env['PATH'] ?? '' })];
  const script = argv[1] ?? '';
  // SIGUSR1 would open Node's debugger to every user of the machine; the packages have the same
  // within.
  return isDeno() ? [execPath, 'run', '-A', '--quiet', script] : [execPath, '--disable-sigusr1', script];
}
