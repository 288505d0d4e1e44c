import type { Cli } from './cli.ts';
import { printable } from './format.ts';

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  readonly right?: boolean;
  readonly paint?: (text: string, row: Row) => string;
}

export interface Listing<Row> {
  /** What `-q` prints. */
  readonly name: (row: Row) => string;
  readonly columns: readonly Column<Row>[];
}

/** A list: one JSON object a line, names alone, or an aligned table. */
export function printList<Row>(cli: Cli, rows: readonly Row[], { name, columns }: Listing<Row>): void {
  if (cli.json) for (const row of rows) cli.print(JSON.stringify(row));
  else if (cli.quiet) for (const row of rows) cli.print(printable(name(row)));
  else for (const line of table(rows, columns)) cli.print(line);
}

/** One thing: one JSON value, its name alone, or a table of one row. */
export function printOne<Row>(cli: Cli, row: Row, listing: Listing<Row>): void {
  printList(cli, [row], listing);
}

/** Names of what was made or changed; as JSON the daemon's own answer. */
export function printNames<Row>(cli: Cli, rows: readonly Row[], name: (row: Row) => string): void {
  for (const row of rows) cli.print(cli.json ? JSON.stringify(row) : printable(name(row)));
}

export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string[] {
  const cells = rows.map((row) => columns.map((column) => printable(column.value(row)) || '-'));
  const widths = columns.map((column, at) => Math.max(column.title.length, ...cells.map((row) => row[at]?.length ?? 0)));
  const line = (texts: readonly string[], row: Row | null): string =>
    columns
      .map((column, at) => {
        const text = texts[at] ?? '';
        const room = ' '.repeat(Math.max(0, (widths[at] ?? 0) - text.length));
        const shown = row !== null && column.paint ? column.paint(text, row) : text;
        if (column.right === true) return room + shown;
        return at === columns.length - 1 ? shown : shown + room;
      })
      .join('  ')
      .trimEnd();
  return [
    line(
      columns.map(({ title }) => title),
      null,
    ),
    ...cells.map((texts, at) => line(texts, rows[at] ?? null)),
  ];
}
