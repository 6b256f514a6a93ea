import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
// Its handler of `exit` ends the programs before the one below removes what they write to.
import '../../test/support/child.ts';

const folders = new Set<string>();
process.once('exit', () => {
  // A program that was just killed may have written once more.
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
});

/** A new folder, which goes with the process even if Ctrl-C ends it (`exitOnSignals`); `using` removes it earlier. */
export class Scratch implements Disposable {
  readonly path: string;

  /**
   * @param name begins the name of the folder, after `image-socket-`
   * @param parent the folder for temporary files where it is not given
   */
  constructor(name = 'bench', parent = tmpdir()) {
    this.path = mkdtempSync(join(parent, `image-socket-${name}-`));
    folders.add(this.path);
  }

  [Symbol.dispose](): void {
    folders.delete(this.path);
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Ends the process at Ctrl-C, SIGTERM and SIGHUP by way of `exit`, where its children and its folders go. */
export function exitOnSignals(): void {
  // Not `once`: a second signal, as npm and timeout send it, would end the process while it cleans up.
  process.on('SIGINT', () => process.exit(130));
  process.on('SIGTERM', () => process.exit(143));
  process.on('SIGHUP', () => process.exit(129));
}
