import type { ChildProcess } from 'node:child_process';
import process from 'node:process';

const running = new Set<ChildProcess>();
process.once('exit', () => {
  // Not SIGKILL: make and ninja end their compilers first.
  for (const child of running) child.kill('SIGTERM');
});

/** Sends SIGTERM to a child when this process ends before it. Gives the child back. */
export function endWithProcess<T extends ChildProcess>(child: T): T {
  running.add(child);
  child.once('close', () => running.delete(child));
  child.once('error', () => running.delete(child));
  return child;
}
