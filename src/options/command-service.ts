import { existsSync } from 'node:fs';
import { splitWords } from '../system/split-words.ts';
import type { ServiceNeeds } from './option.ts';

/** For options whose values are commands: a service starts in another folder than the one in which its unit was printed. */
export const commandService: ServiceNeeds = {
  mustBe: (command, isUsed) => {
    if (isUsed('hook-shell')) return undefined;
    const [program = '', ...others] = splitWords(command);
    const isRelative = (word: string) => !word.startsWith('/');
    if ((program.includes('/') && isRelative(program)) || others.some((word) => isRelative(word) && isFile(word)))
      return 'a command with whole paths, as a service has another folder';
    return undefined;
  },
  isCommand: true,
};

function isFile(word: string): boolean {
  return word !== '' && !word.startsWith('-') && existsSync(word);
}
