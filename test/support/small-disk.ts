import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own in memory, which only root can mount. @param options such as `size=50m,nr_inodes=100` */
export async function mountSmall(options: string): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'image-socket-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path]);
  const unmount = async () => {
    // Files that a failed test left open keep the file system until the process ends.
    execFileSync('umount', ['--lazy', path]);
    await rm(path, { recursive: true, force: true });
  };
  return { path, [Symbol.asyncDispose]: unmount };
}
