import { realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** How a program was started. */
export interface ProgramStart {
  /** The absolute path of its file, behind all links. */
  readonly execPath: string;
  /** Its name as the shell had it: a path, or a name to look for in PATH. */
  readonly argv0: string;
  readonly cwd: string;
  /** The variable PATH. */
  readonly searchPath: string;
}

/**
 * The absolute path that a program was started with. A link stays a link: after an update it leads to
 * the new version. Where nothing leads to the file, the path of the file.
 */
export function findOwnPath({ execPath, argv0, cwd, searchPath }: ProgramStart): string {
  const folders = searchPath.split(':').filter((folder) => folder !== '');
  const paths = argv0.includes('/') ? [argv0] : folders.map((folder) => join(folder, argv0));
  return paths.map((path) => resolve(cwd, path)).find((path) => isSameFile(path, execPath)) ?? execPath;
}

/** Whether both paths lead to one file that is there. */
export function isSameFile(one: string, other: string): boolean {
  try {
    return realpathSync(one) === realpathSync(other);
  } catch {
    return false;
  }
}
