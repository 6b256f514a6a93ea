import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

const folders = new Set<string>();
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A new folder, which goes with the bench even if Ctrl-C ends it; `using` removes it earlier. */
export class Scratch implements Disposable {
  readonly path: string;

  /** @param parent the folder for temporary files where it is not given */
  constructor(parent = tmpdir()) {
    this.path = mkdtempSync(join(parent, 'image-socket-bench-'));
    folders.add(this.path);
  }

  [Symbol.dispose](): void {
    folders.delete(this.path);
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Ends the bench at Ctrl-C and at SIGTERM by way of `exit`, where its children and its folders go. */
export function exitOnSignals(): void {
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
}
