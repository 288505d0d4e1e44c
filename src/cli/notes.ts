import type { Cli } from './cli.ts';
import { printable } from './format.ts';

interface Noted {
  readonly notes?: readonly string[];
}

/** What a person should know of what was made or is listed; with --json it stands in the data. */
export function sayNotes<Row extends Noted>(cli: Cli, rows: readonly Row[], name: (row: Row) => string): void {
  if (cli.json) return;
  for (const row of rows) for (const note of row.notes ?? []) cli.say(`${name(row)}: ${printable(note)}`);
}
