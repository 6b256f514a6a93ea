import { createRequire } from 'node:module';
import process from 'node:process';

/** Whether Deno runs this. */
export function isDeno(): boolean {
  return 'deno' in process.versions;
}

/** Whether this is a packaged program rather than a source run by Node or Deno. */
export function isPackaged(): boolean {
  if (isDeno()) return false;
  const sea = createRequire(import.meta.url)('node:sea') as { isSea(): boolean };
  return sea.isSea();
}
