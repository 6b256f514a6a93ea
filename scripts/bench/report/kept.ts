import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type KeptFigures, keepRun } from './page.ts';
import { parseFigures, readRun } from './save.ts';

const path = join(import.meta.dirname, '../figures.json');

export function readKept(): KeptFigures {
  return parseFigures(readFileSync(path, 'utf8')) as KeptFigures;
}

/** Keeps the figures of these runs, the oldest first. @param folders of `--out` */
export async function keepRuns(folders: readonly string[]): Promise<void> {
  if (folders.length === 0)
    throw new Error('Cannot keep figures without the folder of a run: npm run bench -- page FOLDER');
  let kept = readKept();
  for (const folder of folders) kept = keepRun(kept, await readRun(folder));
  await writeFile(path, `${JSON.stringify(kept, undefined, 2)}\n`);
}
