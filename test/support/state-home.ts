import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

let all: string | undefined;
let count = 0;

/**
 * Gives the programs that this process starts a state folder of their own: they must neither find
 * nor change what a user of this machine keeps.
 */
export function useOwnState(): void {
  if (process.env['XDG_STATE_HOME'] === undefined) process.env['XDG_STATE_HOME'] = newStateHome();
}

/** A state folder for one program. It is not there yet, and goes when this process ends. */
export function newStateHome(): string {
  if (all === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'image-socket-state-'));
    all = folder;
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  }
  return join(all, `${++count}`);
}
