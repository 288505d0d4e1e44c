import type { InstanceStarted } from '../types.ts';
import type { Cli } from './cli.ts';
import { printable } from './format.ts';

/** What a person should know of instances just started; with --json it stands in the data. */
export function sayNotes(cli: Cli, rows: readonly InstanceStarted[]): void {
  if (cli.json) return;
  for (const { aid, notes = [] } of rows) for (const note of notes) cli.say(`${aid}: ${printable(note)}`);
}
