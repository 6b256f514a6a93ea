import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

/**
 * Gives the programs that this process starts a state folder of their own: they must neither find
 * nor change what a user of this machine keeps.
 */
export function useOwnState(): void {
  if (process.env['XDG_STATE_HOME'] !== undefined) return;
  const folder = mkdtempSync(join(tmpdir(), 'image-socket-state-'));
  process.env['XDG_STATE_HOME'] = folder;
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
}
