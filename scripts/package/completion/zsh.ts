import { type CommandWords, type OptionWord, serviceWord, type Words } from './words.ts';

/** The completion for zsh: the file _PROGRAM of a folder of its fpath. */
export function formatZsh(words: Words): string {
  const { program, commands } = words;
  const names = [...commands.map(({ name }) => name)];
  return `#compdef ${program}
# Made from the options of ${program}.

local -a specs commands
local command
commands=(${names.join(' ')})
command=\${\${(@)words[2,CURRENT-1]:*commands}[1]}
specs=(
${words.options.flatMap(formatOption).map(indent).join('')})
${commands.length === 0 ? formatFirst([serviceWord]) : `case $command in\n${commands.map(formatCommand).join('')}  *)\n${formatFirst([...commands, serviceWord])}    ;;\nesac\n`}_arguments -S $specs
`;
}

/** Before the command. */
function formatFirst(commands: readonly CommandWords[]): string {
  const list = commands.map(({ name, describe }) => `${name}\\:"${describe.replaceAll(/["$`\\]/g, '')}"`);
  return `specs+=('*:command:((${list.join(' ').replaceAll("'", '')}))')\n`;
}

function formatCommand({ name, options, takesFiles }: CommandWords): string {
  const specs = [...options.flatMap(formatOption), takesFiles ? "'*:file:_files'" : "'*: :'"];
  return `  ${name})
    specs+=(
${specs.map((spec) => `    ${indent(spec)}`).join('')}    )
    ;;
`;
}

function indent(spec: string): string {
  return `  ${spec}\n`;
}

function formatOption({ name, letter, describe, value }: OptionWord): string[] {
  const text = `[${describe.replaceAll(/[[\]:\\]/g, '\\$&')}]`.replaceAll("'", "'\\''");
  const names = letter === undefined ? [`--${name}`] : [`--${name}`, `-${letter}`];
  return names.map((one) => (value === 'none' ? `'${one}${text}'` : `'${one}=${text}:${describeValue(value)}'`));
}

function describeValue(value: Exclude<OptionWord['value'], 'none'>): string {
  if (value === 'file') return 'file:_files';
  if (value === 'folder') return 'folder:_files -/';
  return value === 'text' ? 'value: ' : `value:(${[value].flat().join(' ')})`;
}
