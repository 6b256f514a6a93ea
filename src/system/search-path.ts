import { access, constants, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';

/** Where programs are looked for when the environment does not say. */
const defaultPath = '/usr/local/bin:/usr/bin:/bin';

/** The absolute path of a program, undefined when there is none in the search path. */
export async function findProgram(name: string, environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  // What lies about in the working folder is not what is meant, so that relative and empty entries do not count.
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
