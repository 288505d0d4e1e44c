import { build } from './parse.ts';
import { registry } from './registry.ts';

/** A command as a shell needs to know it. */
export interface Described {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly { readonly flags: readonly string[]; readonly summary: string }[];
  /** What its words are, in their order: each word is one of these. */
  readonly words: 'instances' | 'templates' | 'both' | 'files';
}

const words: Readonly<Record<string, Described['words']>> = {
  exec: 'instances',
  logs: 'instances',
  stop: 'instances',
  kill: 'instances',
  destroy: 'instances',
  commit: 'instances',
  snapshot: 'instances',
  restore: 'instances',
  ids: 'instances',
  ports: 'instances',
  clone: 'templates',
  ls: 'templates',
  cp: 'templates',
  mv: 'templates',
  rm: 'templates',
  export: 'templates',
  inspect: 'both',
  diff: 'both',
  flatten: 'both',
  accept: 'both',
  'rules explain': 'both',
};

export async function describeCommands(): Promise<Described[]> {
  return Promise.all(
    Object.entries(registry).map(async ([name, entry]) => {
      const { options } = build(name, entry.summary, (await entry.load()).command);
      const described = options.map(({ short, long, description }) => ({
        flags: [short, long].filter((flag) => flag !== undefined),
        summary: description,
      }));
      return { name, summary: entry.summary, options: described, words: words[name] ?? 'files' };
    }),
  );
}

const first = (commands: readonly Described[]): string[] => [...new Set(commands.map(({ name }) => name.split(' ')[0] ?? ''))];
const second = (commands: readonly Described[], family: string): string[] =>
  commands.filter(({ name }) => name.startsWith(`${family} `)).map(({ name }) => name.slice(family.length + 1));
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const lookUp = {
  instances: '$(appshot ps -aq 2>/dev/null)',
  templates: '$(appshot ls -q 2>/dev/null)',
  both: '$(appshot ps -aq 2>/dev/null; appshot ls -q 2>/dev/null)',
} as const;

function bash(commands: readonly Described[]): string {
  const cases = commands.map(({ name, options, words: kind }) => {
    const flags = options.flatMap((option) => option.flags).join(' ');
    return `    ${quoted(name)}) options="${flags}"; words="${kind === 'files' ? '' : lookUp[kind]}" ;;`;
  });
  return `# appshot completions for bash: source <(appshot completion bash)
_appshot() {
  local current=\${COMP_WORDS[COMP_CWORD]} name=\${COMP_WORDS[1]} options= words= at
  COMPREPLY=()
  for ((at = 2; at < COMP_CWORD; at++)); do [[ \${COMP_WORDS[at]} == -- ]] && { COMPREPLY=($(compgen -f -- "$current")); return; }; done
  if ((COMP_CWORD == 1)); then COMPREPLY=($(compgen -W ${quoted(first(commands).join(' '))} -- "$current")); return; fi
  if [[ $name == rules ]]; then
    if ((COMP_CWORD == 2)); then COMPREPLY=($(compgen -W ${quoted(second(commands, 'rules').join(' '))} -- "$current")); return; fi
    name="rules \${COMP_WORDS[2]}"
  fi
  case $name in
${cases.join('\n')}
  esac
  if [[ $current == -* ]]; then COMPREPLY=($(compgen -W "$options" -- "$current"))
  elif [[ -n $words ]]; then COMPREPLY=($(compgen -W "$words" -- "$current"))
  else COMPREPLY=($(compgen -f -- "$current")); fi
}
complete -o default -F _appshot appshot
`;
}

function zsh(commands: readonly Described[]): string {
  // zsh reads the same function through its own bridge: one list of commands to keep right.
  return `#compdef appshot\n# appshot completions for zsh: appshot completion zsh > ~/.zfunc/_appshot\nautoload -U +X bashcompinit && bashcompinit\n${bash(commands).split('\n').slice(1).join('\n')}`;
}

function fish(commands: readonly Described[]): string {
  const lines = ['# appshot completions for fish', 'complete -c appshot -f'];
  for (const name of first(commands)) {
    const summary = commands.find((command) => command.name === name)?.summary ?? '';
    lines.push(`complete -c appshot -n __fish_use_subcommand -a ${quoted(name)} -d ${quoted(summary)}`);
  }
  for (const { name, options, words: kind } of commands) {
    const seen = quoted(
      name
        .split(' ')
        .map((word) => `__fish_seen_subcommand_from ${word}`)
        .join('; and '),
    );
    for (const { flags, summary } of options) {
      const named = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`)).join(' ');
      lines.push(`complete -c appshot -n ${seen} ${named} -d ${quoted(summary)}`);
    }
    lines.push(
      kind === 'files'
        ? `complete -c appshot -n ${seen} -F`
        : `complete -c appshot -n ${seen} -a ${quoted(lookUp[kind].replace(/^\$/, '').replaceAll(' 2>/dev/null', ''))}`,
    );
  }
  for (const name of second(commands, 'rules')) lines.push(`complete -c appshot -n '__fish_seen_subcommand_from rules' -a ${quoted(name)}`);
  return `${lines.join('\n')}\n`;
}

export const completions: Readonly<Record<string, (commands: readonly Described[]) => string>> = { bash, zsh, fish };
