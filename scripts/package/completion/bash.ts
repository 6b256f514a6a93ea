import { type CommandWords, listAll, listOf, serviceWord, type Words } from './words.ts';

/** The completion for bash: a file of /usr/share/bash-completion/completions. */
export function formatBash(words: Words): string {
  const all = listAll(words);
  const name = `_${words.program.replaceAll('-', '_')}`;
  const chosen = all.filter(({ value }) => Array.isArray(value));
  return `# bash completion for ${words.program}, made from its options

${name}() {
    local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} command='' words='' i
    # bash makes three words of --name=value.
    if [[ $cur == '=' ]]; then
        cur=''
    elif [[ $prev == '=' ]]; then
        prev=\${COMP_WORDS[COMP_CWORD - 2]}
    fi
    COMPREPLY=()
    case $prev in
${formatCase(listOf(all, 'file'), 'compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return')}${formatCase(listOf(all, 'folder'), 'compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return')}${chosen
  .map(({ name: option, value }) => formatCase([`--${option}`], complete([value].flat().join(' '), 'return')))
  .join('')}${formatCase(listOf(all, 'text'), 'return')}    esac
${formatCommands(words)}    if [[ $cur == -* ]]; then
        words="$words ${words.options.map((option) => `--${option.name}`).join(' ')}"
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -F ${name} ${words.program}
`;
}

function complete(list: string, after: string): string {
  return `mapfile -t COMPREPLY < <(compgen -W '${list}' -- "$cur"); ${after}`;
}

function formatCase(options: readonly string[], work: string): string {
  return options.length === 0 ? '' : `        ${options.join(' | ')}) ${work} ;;\n`;
}

function formatCommands({ commands }: Words): string {
  if (commands.length === 0) return `    [[ $cur == -* || $COMP_CWORD -gt 1 ]] || words='${serviceWord.name}'\n`;
  const names = commands.map(({ name }) => name);
  return `    for ((i = 1; i < COMP_CWORD; i++)); do
        case \${COMP_WORDS[i]} in
            ${names.join(' | ')}) command=\${COMP_WORDS[i]}; break ;;
        esac
    done
    if [[ $cur != -* && $command == '' ]]; then
        words='${names.join(' ')}'
        [[ $COMP_CWORD -gt 1 ]] || words="$words ${serviceWord.name}"
    fi
${commands.map(formatCommand).join('')}`;
}

function formatCommand({ name, options, takesFiles }: CommandWords): string {
  const own = options.map((option) => `--${option.name}`).join(' ');
  const files = takesFiles
    ? `    if [[ $command == ${name} && $cur != -* ]]; then
        compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return
    fi
`
    : '';
  return `    [[ $cur != -* || $command != ${name} ]] || words='${own}'\n${files}`;
}
