import { Command, CommanderError } from 'commander';
import type { CliCommand, GlobalOptions, Parsed } from './command.ts';
import { misuse } from './errors.ts';

export type ParseResult = { readonly help: string } | { readonly parsed: Parsed<GlobalOptions & object> };

/** A command with its own options and everybody's; throws CommanderError instead of ending the process. */
export function build(name: string, summary: string, spec: CliCommand): Command {
  const { examples, tail = false } = spec;
  const command = new Command(`appshot ${name}`);
  command
    .description(summary)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  // Every default here is "none" or "no": it needs no words.
  command.configureHelp({ optionDescription: ({ description }) => description });
  command.addHelpText('before', `Examples:\n${examples.map((each) => `  ${each}\n`).join('')}`);
  spec.define(command);
  if (tail)
    command.usage(
      `[options]${command.registeredArguments.map((each) => ` ${each.required ? `<${each.name()}>` : `[${each.name()}]`}`).join('')} -- CMD...`,
    );
  return command
    .option('--json', 'one JSON value, or one object a line for lists', false)
    .option('-q, --quiet', 'names alone', false)
    .option('--debug', 'show the stack of an error', false)
    .option('--no-input', 'ask nothing')
    .helpOption('-h, --help', 'show this help');
}

/** Throws AppshotError `misuse`. */
export function parse(name: string, summary: string, spec: CliCommand, argv: readonly string[]): ParseResult {
  const command = build(name, summary, spec);
  let help = '';
  command.configureOutput({
    writeOut: (text) => {
      help += text;
    },
    writeErr: () => undefined,
  });
  const dashes = spec.tail === true ? argv.indexOf('--') : -1;
  const own = dashes < 0 ? argv : argv.slice(0, dashes);
  if (spec.tail === true) admitTail(command, dashes < 0);
  try {
    command.parse(own, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { help };
    throw misuse(name, inWords(error.message), `see appshot ${name} --help`);
  }
  return { parsed: divide(name, spec, command, dashes < 0 ? null : argv.slice(dashes + 1)) };
}

/** Without `--`, the application's line begins after the command's own arguments, and its options are its own. */
function admitTail(command: Command, mixed: boolean): void {
  command.allowExcessArguments(true);
  if (mixed) command.passThroughOptions(true);
}

function divide(name: string, spec: CliCommand, command: Command, tail: string[] | null): Parsed<GlobalOptions & object> {
  const options = command.opts<GlobalOptions & object>();
  if (spec.tail !== true) return { args: command.args, options, tail: [] };
  const count = command.registeredArguments.length;
  const args = command.args.slice(0, count);
  const rest = command.args.slice(count);
  if (tail === null) return { args, options, tail: rest };
  if (rest.length > 0) throw misuse(name, `'${rest[0] ?? ''}' stands before --`, `put the command after it: appshot ${name} ... -- CMD...`);
  return { args, options, tail };
}

/** commander's `error: unknown option '--x'\n(Did you mean --y?)` as one clause. */
function inWords(message: string): string {
  return message
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '');
}
