import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Makes the folder `path` below `root`, and those above it, with mode 755. */
export async function makeFolder(root: string, path: string): Promise<void> {
  // One after the other, as the umask of this process must not count.
  for (let end = 0; end >= 0; ) {
    end = path.indexOf('/', end + 1);
    const folder = join(root, end < 0 ? path : path.slice(0, end));
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o755);
  }
  await chmod(root, 0o755);
}

/** Writes a file below `root`, and makes its folders. */
export async function install(root: string, path: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
  await makeFolder(root, dirname(path));
  await writeFile(join(root, path), content);
  await chmod(join(root, path), mode);
}
