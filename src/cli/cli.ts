import { Client } from '../daemon/client.ts';
import { storePaths, type StorePaths } from '../paths.ts';
import type { Operations } from '../types.ts';
import type { GlobalOptions } from './command.ts';
import type { Io } from './io.ts';
import { makeStyle, type Style } from './style.ts';

/** One command's way to the world: the daemon, the terminal and the options that every command has. */
export interface Cli {
  readonly io: Io;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly paths: StorePaths;
  readonly client: Client;
  readonly ops: Operations;
  /** Colours for standard output. */
  readonly style: Style;
  /** A line on standard output: data. */
  print(line: string): void;
  /** A line on standard error: words. */
  say(line: string): void;
}

export function makeCli(io: Io, options: Pick<GlobalOptions, 'json' | 'quiet'>): Cli {
  const paths = storePaths(io.env);
  const client = new Client({ paths, env: io.env });
  return {
    io,
    paths,
    client,
    json: options.json,
    quiet: options.quiet,
    ops: client.operations,
    style: makeStyle(io.env, io.stdout.isTTY === true),
    print(line) {
      io.stdout.write(`${line}\n`);
    },
    say(line) {
      io.stderr.write(`${line}\n`);
    },
  };
}
