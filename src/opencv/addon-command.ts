import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';
import packageJson from '../../package.json' with { type: 'json' };
import { isPackaged } from '../system/runtime.ts';
import { quoteWord } from '../system/shell-word.ts';

/** A program in a folder. */
export interface ProgramPlace {
  /** Its absolute path. */
  readonly path: string;
  /** The name that Node uses: arm64, x64. */
  readonly architecture: string;
  /** Whether this user can write to its folder. */
  readonly isWritable: boolean;
}

/** Debian's names. */
const debianNames: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** The command that puts the right addon beside this program. */
export function describeAddonCommand(): string {
  if (!isPackaged()) return 'npm run build';
  const { execPath: path, arch: architecture } = process;
  return formatAddonCommand({ path, architecture, isWritable: canWrite(dirname(path)) });
}

/**
 * The command that puts a packaged program and its addon into their folder once more. The package
 * or the archive must be in the current folder.
 */
export function formatAddonCommand({ path, architecture, isWritable }: ProgramPlace): string {
  const name = path.split('/').at(-1) ?? '';
  const folder = dirname(path);
  if (folder === `/usr/lib/${name}`) {
    const version = packageJson.version.replaceAll('-', '~');
    return `sudo apt-get install --reinstall ./${name}_${version}_${debianNames[architecture]}.deb`;
  }
  // tar makes new files: a program that runs keeps the ones that it has.
  const words = ['tar', 'xf', `${name}-linux-${architecture}.tar.xz`, '--strip-components=1', '-C', quoteWord(folder)];
  return [...(isWritable ? [] : ['sudo']), ...words].join(' ');
}

function canWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
