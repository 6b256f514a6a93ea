// Fills the tables of options in README.md and in the pages below src: `npm run docs`.
import { readFile, writeFile } from 'node:fs/promises';
import process from 'node:process';
import { fillPage, listPages } from './docs/pages.ts';

for (const path of await listPages()) {
  const before = await readFile(path, 'utf8');
  const after = fillPage(path, before);
  if (after === before) continue;
  await writeFile(path, after);
  process.stdout.write(`filled the tables of ${path}\n`);
}
