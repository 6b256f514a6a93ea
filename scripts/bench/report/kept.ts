import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { resolvePlace } from '../../cli/results-place.ts';
import { findWeakness, type KeptFigures, keepRun } from './page.ts';
import { parseFigures, readRun } from './save.ts';

const path = join(import.meta.dirname, '../figures.json');

export function readKept(): KeptFigures {
  return parseFigures(readFileSync(path, 'utf8')) as KeptFigures;
}

/** Keeps the figures of these runs, the oldest first. @param args folders of `--out`, and `--any` for weak runs too */
export async function keepRuns(args: readonly string[]): Promise<void> {
  const folders = args.filter((arg) => arg !== '--any').map(resolvePlace);
  if (folders.length === 0)
    throw new Error('Cannot keep figures without the folder of a run: npm run bench -- page FOLDER');
  let kept = readKept();
  for (const folder of folders) {
    const run = await readRun(folder);
    const weakness = args.includes('--any') ? undefined : findWeakness(run);
    if (weakness !== undefined)
      throw new Error(`Cannot keep the figures in ${folder} as ${weakness}. Measure again, or keep them with --any`);
    kept = keepRun(kept, run);
  }
  await writeFile(path, `${JSON.stringify(kept, undefined, 2)}\n`);
}
