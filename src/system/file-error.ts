import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { quoteWord } from './shell-word.ts';

const reasons: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EEXIST: 'a file is in its place',
  EISDIR: 'it is a folder',
  EDQUOT: 'the disk quota is used up',
  EMFILE: 'too many files are open',
  ENOENT: 'there is no such file or folder',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a file is in the place of a folder',
  EROFS: 'the file system is read-only',
};

/** Says why a file operation failed, in words and with the system's code. */
export function describeFileError(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const reason = code === undefined ? undefined : reasons[code];
  return reason === undefined ? message : `${reason} (${code})`;
}

/**
 * The same for a file that could not be made or written: a disk with free bytes may have no inode
 * left for another file.
 */
export async function describeWriteError(error: unknown, path: string): Promise<string> {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOSPC' || !(await lacksInodes(path))) return describeFileError(error);
  return `no inodes are left on the disk, of which each file takes one: delete files there, df -i shows how many (${code})`;
}

/** The command that lets this user write to a folder, as a sentence to put behind the reason; may be empty. */
export function adviseWrite(error: unknown, folder: string): string {
  const word = quoteWord(folder);
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EACCES':
    case 'EPERM':
      return `. \`sudo install -d -o "$USER" ${word}\` gives the folder to this user`;
    case 'EROFS':
      return `. Choose another folder, or type \`sudo mount -o remount,rw "$(findmnt -no TARGET -T ${word})"\``;
    default:
      return '';
  }
}

async function lacksInodes(path: string): Promise<boolean> {
  try {
    const { bavail, files, ffree } = await statfs(path);
    return bavail > 0 && files > 0 && ffree === 0;
  } catch {
    // The file is not there; its folder may be.
    return dirname(path) !== path && lacksInodes(dirname(path));
  }
}
