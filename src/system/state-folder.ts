import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import process from 'node:process';

/** Advice where there is none, or where it takes no files. */
export const stateFolderAdvice = 'Set XDG_STATE_HOME to a folder of yours';

/**
 * The folder for what the programs keep from one start to the next, as the XDG specification says.
 * It may not exist yet.
 * @returns undefined for a user without a home folder
 */
export function findStateFolder(): string | undefined {
  const { XDG_STATE_HOME: state = '' } = process.env;
  // The XDG specification wants a relative path ignored.
  if (isAbsolute(state)) return join(state, 'image-socket');
  let home = '';
  try {
    // For a user that the system does not know, Deno gives null where Node throws.
    home = homedir() ?? '';
  } catch {}
  return isAbsolute(home) ? join(home, '.local/state/image-socket') : undefined;
}
