import type { Command } from 'commander';
import type { Cli } from './cli.ts';

/** Options that every command has. */
export interface GlobalOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly debug: boolean;
  readonly input: boolean;
}

/** What was typed after the command's name, with options taken out. */
export interface Parsed<Options> {
  readonly args: readonly string[];
  readonly options: Options;
  /** The command line of the application, for commands with `tail`. */
  readonly tail: readonly string[];
}

/** One command: how it is typed, and what it does. `run` resolves to its exit code; to nothing, for 0. */
export interface CliCommand<Options = object> {
  /** Shown first by --help, one command line each. */
  readonly examples: readonly string[];
  /** Takes another command's line after its own arguments (`-- CMD...`). Its own failures exit 125. */
  readonly tail?: boolean;
  define(command: Command): void;
  run(cli: Cli, parsed: Parsed<Options>): Promise<number> | Promise<void>;
}

export function defineCommand<Options = object>(command: CliCommand<Options>): CliCommand {
  // Which options there are is known to define() and run() of the same file alone.
  return command as unknown as CliCommand;
}
