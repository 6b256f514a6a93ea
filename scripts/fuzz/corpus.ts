import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../native/project.ts';

const folder = join(projectRoot, 'test/corpus');

/** Keeps an input that failed, for `npm test`. Gives its path. */
export function keepInput(target: string, input: Uint8Array): string {
  const name = createHash('sha256').update(input).digest('hex').slice(0, 16);
  mkdirSync(join(folder, target), { recursive: true });
  const path = join(folder, target, `${name}.bin`);
  writeFileSync(path, input);
  return path;
}

/** The inputs that are kept of a target, by their file names. */
export function readCorpus(target: string): Map<string, Uint8Array> {
  const place = join(folder, target);
  const files = existsSync(place) ? readdirSync(place).sort() : [];
  return new Map(files.map((file) => [file, readFileSync(join(place, file))]));
}

/** The targets with inputs that are kept. */
export function listCorpora(): string[] {
  return readdirSync(folder).sort();
}
