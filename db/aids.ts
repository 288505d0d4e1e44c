import { AppshotError } from '../src/errors.ts';
import { number, text } from './columns.ts';
import { orTaken } from './failures.ts';
import type { Sql } from './sql.ts';

export interface AidRow {
  readonly name: string;
  /** ISO 8601. */
  readonly allocated: string;
}

export interface AidsTable {
  has(name: string): boolean;
  list(): AidRow[];
  /** Throws 'exists'. */
  insert(row: AidRow): void;
  /** The next number for a prefix, whose name isn't taken; the number and the name are taken by this call. */
  insertNext(prefix: string, allocated: string): AidRow;
  /** False when there was none. Throws 'busy' while an instance has the name. */
  remove(name: string): boolean;
  /** Names without an instance: left behind by a process that died between the two. */
  orphans(): AidRow[];
  /** Undoes insertNext for a name that nobody has seen, if it was the last of its prefix. */
  giveBack(name: string): void;
  /** Numbering starts again at 1: for the name of a template that is gone. */
  forgetNumbers(prefix: string): void;
}

export function aidsTable(sql: Sql): AidsTable {
  const table: AidsTable = {
    has: (name) => sql.get('SELECT 1 AS found FROM aids WHERE name = :name', { name }) !== undefined,
    list: () => sql.all('SELECT name, allocated FROM aids ORDER BY name').map(toRow),
    insert: ({ name, allocated }) => {
      orTaken(
        () => sql.run('INSERT INTO aids (name, allocated) VALUES (:name, :allocated)', { name, allocated }),
        () => new AppshotError('exists', name, 'the name is taken', `choose another, or appshot destroy ${name}`),
      );
    },
    insertNext: (prefix, allocated) =>
      sql.transaction(() => {
        let last = lastNumber(sql, prefix);
        do last++;
        while (table.has(`${prefix}-${last}`));
        sql.run('INSERT INTO aid_numbers (prefix, last) VALUES (:prefix, :last) ON CONFLICT (prefix) DO UPDATE SET last = :last', {
          prefix,
          last,
        });
        const row = { name: `${prefix}-${last}`, allocated };
        table.insert(row);
        return row;
      }),
    remove: (name) => sql.run('DELETE FROM aids WHERE name = :name', { name }) > 0,
    orphans: () => sql.all('SELECT name, allocated FROM aids WHERE name NOT IN (SELECT aid FROM instances) ORDER BY name').map(toRow),
    giveBack: (name) => {
      const [, prefix, number] = /^(.*)-(\d+)$/.exec(name) ?? [];
      if (prefix === undefined || number === undefined) return;
      sql.transaction(() => {
        sql.run('DELETE FROM aids WHERE name = :name', { name });
        sql.run('UPDATE aid_numbers SET last = last - 1 WHERE prefix = :prefix AND last = :number', { prefix, number: Number(number) });
      });
    },
    forgetNumbers: (prefix) => {
      sql.run('DELETE FROM aid_numbers WHERE prefix = :prefix', { prefix });
    },
  };
  return table;
}

function lastNumber(sql: Sql, prefix: string): number {
  const row = sql.get('SELECT last FROM aid_numbers WHERE prefix = :prefix', { prefix });
  return row === undefined ? 0 : number(row, 'last');
}

function toRow(row: Parameters<typeof text>[0]): AidRow {
  return { name: text(row, 'name'), allocated: text(row, 'allocated') };
}
