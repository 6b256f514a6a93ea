import { type OptionWord, serviceWord, type Words } from './words.ts';

/** The completion for fish: a file of its vendor_completions.d. */
export function formatFish({ program, commands, options }: Words): string {
  const names = commands.map(({ name }) => name).join(' ');
  const before = names === '' ? '__fish_is_first_token' : `not __fish_seen_subcommand_from ${names}`;
  const lines = [
    `# Made from the options of ${program}.`,
    `complete -c ${program} -f`,
    ...[...commands, serviceWord].map(({ name, describe }) => {
      const when = name === serviceWord.name ? '__fish_is_first_token' : before;
      return `complete -c ${program} -n '${when}' -a ${name} -d ${quote(describe)}`;
    }),
    ...options.map((option) => `complete -c ${program} ${formatOption(option)}`),
    ...commands.flatMap((command) => {
      const when = `complete -c ${program} -n '__fish_seen_subcommand_from ${command.name}'`;
      return [
        ...command.options.map((option) => `${when} ${formatOption(option)}`),
        ...(command.takesFiles ? [`${when} -F`] : []),
      ];
    }),
  ];
  return `${lines.join('\n')}\n`;
}

function formatOption({ name, letter, describe, value }: OptionWord): string {
  const flags = [`-l ${name}`, ...(letter === undefined ? [] : [`-s ${letter}`])];
  return [...flags, ...formatValue(value), `-d ${quote(describe)}`].join(' ');
}

function formatValue(value: OptionWord['value']): string[] {
  if (value === 'none') return [];
  if (value === 'file') return ['-r', '-F'];
  if (value === 'folder') return ['-x', `-a '(__fish_complete_directories)'`];
  return value === 'text' ? ['-x'] : ['-x', `-a '${[value].flat().join(' ')}'`];
}

function quote(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
}
