import { readFileSync, type Stats, statSync } from 'node:fs';
import { resolve } from 'node:path';
import process from 'node:process';
import { type CommandLine, listOptions } from '../options/commands.ts';
import type { Holding, RawOptions } from '../options/option.ts';
import { isWithinFolder } from '../system/paths.ts';
import { quoteWord } from '../system/shell-word.ts';

/**
 * A line for each file with a secret that others on this machine may read or write. No more than
 * that: unlike a key of SSH such a file is often handed over by something that knows its own ways,
 * such as containers (`/run/secrets`) and disks without modes.
 */
export function findOpenFiles(commandLine: CommandLine, options: RawOptions): string[] {
  const named = listHolders(commandLine, 'secret').map((name) => [name, options[name]] as const);
  const logins = listHolders(commandLine, 'login').map((name) => options[name]);
  const files = [...named, ['config', findConfigWithPassword(options['config'], logins)] as const];
  return files.flatMap(([name, path]) => {
    return typeof path === 'string' ? describeOpenFile(path.trim(), `--${name} ${path}`) : [];
  });
}

/** At most one line. @param title of the file, in the line */
export function describeOpenFile(path: string, title: string): string[] {
  const mode = isCredential(path) ? undefined : findMode(path);
  if (mode === undefined || (mode & 0o077) === 0) return [];
  const digits = (mode & 0o777).toString(8);
  return [`others on this machine may read ${title} (mode ${digits}): chmod 600 ${quoteWord(path)}`];
}

function listHolders(commandLine: CommandLine, holds: Holding): string[] {
  return Object.entries(listOptions(commandLine)).flatMap(([name, option]) => (option.holds === holds ? name : []));
}

/** Undefined if it is no file or cannot be examined: the code that reads it reports that. */
function findMode(path: string): number | undefined {
  let found: Stats;
  try {
    found = statSync(path);
  } catch {
    return undefined;
  }
  return found.isFile() ? found.mode : undefined;
}

/**
 * Whether systemd hands it to this service alone; the mode does not show that where it uses a list
 * of users.
 */
function isCredential(path: string): boolean {
  const folder = process.env['CREDENTIALS_DIRECTORY'];
  return folder !== undefined && isWithinFolder(resolve(path), resolve(folder));
}

function findConfigWithPassword(config: unknown, addresses: readonly unknown[]): string | undefined {
  const logins = addresses.filter((text) => String(text).includes('@'));
  if (typeof config !== 'string' || logins.length === 0) return undefined;
  try {
    const text = readFileSync(config, 'utf8');
    return logins.some((login) => text.includes(JSON.stringify(login))) ? config : undefined;
  } catch {
    return undefined;
  }
}
