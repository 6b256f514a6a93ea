import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Takes the lock file `path` for this process and gives the function that lets it go. Waits while another process
 * holds it, calling `onWait` once; after `timeoutMs` throws an Error of one line.
 * The kernel's own file lock is used, by way of flock(1): it ends with its holder, however that ends.
 */
export async function holdLock(
  path: string,
  onWait: () => void,
  timeoutMs = 60 * 60_000,
): Promise<() => Promise<void>> {
  await mkdir(dirname(path), { recursive: true });
  // The shell waits for the end of its standard input, which comes with our release or our death.
  const child = spawn('flock', [path, 'sh', '-c', 'echo held; exec cat >/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const held = new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('error', (error) =>
      reject(new Error(`Cannot lock ${path}: ${error.message}; flock is in Debian's util-linux`)),
    );
    child.once('close', (code) => reject(new Error(`Cannot lock ${path}: flock ended with ${code}`)));
  });
  const notice = setTimeout(onWait, 1000);
  const late = Promise.withResolvers<never>();
  const limit = setTimeout(() => {
    late.reject(
      new Error(`Cannot lock ${path}: another process has held it for ${timeoutMs / 1000} s; end that one first`),
    );
    child.kill('SIGKILL');
  }, timeoutMs);
  try {
    await Promise.race([held, late.promise]);
  } finally {
    clearTimeout(notice);
    clearTimeout(limit);
  }
  return async () => {
    child.stdin.end();
    await ended;
  };
}
