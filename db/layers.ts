import { AppshotError } from '../src/errors.ts';
import { number, oneOf, text } from './columns.ts';
import type { Columns, Sql } from './sql.ts';

/** A directory of files. An open layer is the private upper one of an instance; a sealed one never changes again. */
export interface LayerRow {
  readonly id: string;
  /** `host`: a live directory that others own and change, never removed by us. */
  readonly kind: 'private' | 'host';
  /** Absolute path on the host. */
  readonly path: string;
  readonly state: 'open' | 'sealed';
  /** Bytes; 0 while it isn't known. */
  readonly size: number;
  /** ISO 8601. */
  readonly created: string;
}

export interface LayersTable {
  get(id: string): LayerRow | null;
  list(): LayerRow[];
  /** Throws 'exists'. */
  insert(row: LayerRow): void;
  /** Throws 'not-found'. */
  seal(id: string, size: number): void;
  setSize(id: string, size: number): void;
  /** The live layer of a host directory, made when it isn't there yet. */
  host(path: string, created: string): LayerRow;
  /** False when there was none. Throws 'busy' while anything stands on it. */
  remove(id: string): boolean;
  /** Private layers that neither a template nor an instance stands on: garbage. */
  unreferenced(): LayerRow[];
}

const COLUMNS = 'id, kind, path, state, size, created';

export function layersTable(sql: Sql): LayersTable {
  const table: LayersTable = {
    get: (id) => sql.all(`SELECT ${COLUMNS} FROM layers WHERE id = :id`, { id }).map(toRow)[0] ?? null,
    list: () => sql.all(`SELECT ${COLUMNS} FROM layers ORDER BY created, id`).map(toRow),
    insert: (row) => {
      sql.run(`INSERT INTO layers (${COLUMNS}) VALUES (:id, :kind, :path, :state, :size, :created)`, { ...row });
    },
    seal: (id, size) => {
      if (sql.run("UPDATE layers SET state = 'sealed', size = :size WHERE id = :id", { id, size }) === 0)
        throw new AppshotError('not-found', `layer ${id}`, 'there is no such layer');
    },
    setSize: (id, size) => {
      sql.run('UPDATE layers SET size = :size WHERE id = :id', { id, size });
    },
    host: (path, created) =>
      sql.transaction(() => {
        const id = `host:${path}`;
        const known = table.get(id);
        if (known !== null) return known;
        const row: LayerRow = { id, kind: 'host', path, state: 'sealed', size: 0, created };
        table.insert(row);
        return row;
      }),
    remove: (id) => sql.run('DELETE FROM layers WHERE id = :id', { id }) > 0,
    unreferenced: () =>
      sql
        .all(
          `SELECT ${COLUMNS} FROM layers WHERE kind = 'private'
      AND id NOT IN (SELECT layer FROM template_layers) AND id NOT IN (SELECT layer FROM instance_layers)
      AND id NOT IN (SELECT upper FROM instances) ORDER BY created, id`,
        )
        .map(toRow),
  };
  return table;
}

export function toRow(row: Columns): LayerRow {
  return {
    id: text(row, 'id'),
    kind: oneOf(['private', 'host'])(row, 'kind'),
    path: text(row, 'path'),
    state: oneOf(['open', 'sealed'])(row, 'state'),
    size: number(row, 'size'),
    created: text(row, 'created'),
  };
}
