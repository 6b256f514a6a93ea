import { homedir } from 'node:os';
import { join } from 'node:path';

/** The path of something inside this project's folder of the user cache (XDG base directories). */
export function userCachePath(...parts: readonly string[]): string {
  const base = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(base, 'image-socket', ...parts);
}
