import { type Page, readLines } from './pages.ts';

/** A command line of one of the programs, as a page shows it. */
export interface PageCommand {
  readonly path: string;
  readonly program: string;
  readonly args: readonly string[];
}

/** All command lines of the programs in code of a page, and in its prose between backquotes. */
export function readCommands(page: Page, programs = ['image-sender', 'image-receiver']): PageCommand[] {
  const texts = readLines(page).flatMap(({ kind, text }) =>
    kind === 'code' ? [text] : [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code.replaceAll('\\|', '|')),
  );
  return texts.flatMap((text) => splitShell(text).flatMap((words) => readCommand(page.path, words, programs)));
}

/** Behind `pi$`, `sudo` and variables. Where a sentence has an ellipsis, it is about no whole command line. */
function readCommand(path: string, words: readonly string[], programs: readonly string[]): PageCommand[] {
  const at = words.findIndex((word) => !/^(\w+\$|sudo|[A-Z_]+=.*)$/.test(word));
  const program = (words[at] ?? '').replace(/^.*\//, '');
  const args = words.slice(at + 1);
  return !programs.includes(program) || args.length === 0 || args.includes('...') ? [] : [{ path, program, args }];
}

const piece =
  /(?<space>\s+)|(?<end>[|;<>]|&&|(?<=^|\s)#.*)|'(?<single>[^']*)'|"(?<double>[^"]*)"|(?<plain>[^\s|;<>'"&]+|&)/gm;

/** The commands of a line of a shell, as words. */
function splitShell(text: string): string[][] {
  const commands: string[][] = [[]];
  let word: string | undefined;
  const endWord = () => {
    if (word !== undefined) commands.at(-1)?.push(word);
    word = undefined;
  };
  for (const { groups = {} } of text.matchAll(piece)) {
    const part = groups['single'] ?? groups['double'] ?? groups['plain'];
    if (part !== undefined) word = (word ?? '') + part;
    else endWord();
    if (groups['end'] !== undefined) commands.push([]);
  }
  endWord();
  return commands;
}
