import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { latestRelease } from './address.ts';

/** A user gets one file, and so these are written one behind the other. */
const parts = ['arguments.sh', 'place.sh', 'fetch.sh', 'program.sh', 'main.sh'];
const unset = "default_from=''";

/** The script that installs the programs. @param address as `readAddress` gives it: where to fetch them without `--from` */
export async function formatInstaller(address: string | undefined): Promise<string> {
  const folder = join(import.meta.dirname, '../install');
  const texts = await Promise.all(parts.map((part) => readFile(join(folder, part), 'utf8')));
  const text = texts.join('\n');
  if (!text.includes(`\n${unset}\n`)) throw new Error(`Cannot find the line ${unset} in the parts of ${folder}`);
  return address === undefined ? text : text.replace(unset, `default_from='${latestRelease(address)}'`);
}
