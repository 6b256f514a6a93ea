import { gzipSync } from 'node:zlib';
import type { CommandLine } from '../../../src/options/commands.ts';
import { formatBash } from '../completion/bash.ts';
import { formatFish } from '../completion/fish.ts';
import { listWords } from '../completion/words.ts';
import { formatZsh } from '../completion/zsh.ts';
import { formatManual } from '../manual/page.ts';
import { formatChangelog } from './changelog.ts';
import { configurationFile, formatConfiguration, secretsFolder } from './configuration.ts';
import { formatPackagedUnit } from './unit.ts';

export interface TextFacts {
  readonly commandLine: CommandLine;
  /** As npm and people write it. */
  readonly version: string;
  readonly debianVersion: string;
  /** Since 1970. */
  readonly timeSeconds: number;
}

/** The files of a package that are made from the option rows and a few facts, by their paths without the first slash. */
export function listTexts({
  commandLine,
  version,
  debianVersion,
  timeSeconds,
}: TextFacts): Record<string, string | Uint8Array> {
  const { program } = commandLine;
  const words = listWords(commandLine);
  const manual = formatManual(commandLine, { version, timeSeconds, files: describeFiles(program) });
  return {
    [configurationFile(program).slice(1)]: formatConfiguration(commandLine),
    [`usr/lib/systemd/system/${program}.service`]: `${formatPackagedUnit(commandLine)}\n`,
    [`usr/share/man/man1/${program}.1.gz`]: compress(manual),
    [`usr/share/bash-completion/completions/${program}`]: formatBash(words),
    [`usr/share/zsh/vendor-completions/_${program}`]: formatZsh(words),
    [`usr/share/fish/vendor_completions.d/${program}.fish`]: formatFish(words),
    [`usr/share/doc/${program}/changelog.gz`]: compress(formatChangelog(program, debianVersion, timeSeconds)),
  };
}

/** The section FILES of the manual. */
function describeFiles(program: string): [path: string, meaning: string][] {
  return [
    [configurationFile(program), `Options of the systemd unit \`${program}.service\``],
    [`${secretsFolder(program)}/`, 'Tokens and keys for the unit; root alone can read them'],
    [`/usr/share/doc/${program}/`, 'Licences of this program and of what is inside'],
  ];
}

/** Node writes no time into it, as gzip -n. */
function compress(text: string): Uint8Array {
  return gzipSync(text, { level: 9 });
}
