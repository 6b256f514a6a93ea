import { access, constants, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';

/** The search path where the environment has none. */
const defaultPath = '/usr/local/bin:/usr/bin:/bin';

/** The absolute path of a program, undefined when there is none in the search path. */
export async function findProgram(name: string, environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  // A program in the working folder is never meant: relative and empty entries do not count.
  for (const folder of (environment['PATH'] || defaultPath).split(':').filter(isAbsolute)) {
    const path = join(folder, name);
    if (await isProgram(path)) return path;
  }
  return undefined;
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
