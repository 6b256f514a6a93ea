import { join } from 'node:path';
import process from 'node:process';
import { Child } from '../../../test/support/child.ts';
import { Scratch } from '../../cli/scratch.ts';
import type { Target } from '../../native/recipe.ts';
import { packExecutable } from '../../package/executable.ts';

/** With arguments it ends at once: the packaging runs it so for the code cache. */
const code = 'if (process.argv.length > 2) process.exit(0); setInterval(() => {}, 1e6);';

let file: Promise<string> | undefined;

/** A program that does nothing, packaged as the sender is: the least that Node needs. */
export async function startBareNode(): Promise<Child> {
  file ??= pack();
  return new Child(await file, []);
}

async function pack(): Promise<string> {
  const path = join(new Scratch().path, 'bare-node');
  await packExecutable({ program: 'image-sender', code, packages: [] }, `linux-${process.arch}` as Target, path);
  return path;
}
