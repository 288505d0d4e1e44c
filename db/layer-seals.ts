import { big, json, number, stringList, text } from './columns.ts';
import type { Columns, Sql } from './sql.ts';

/** A layer's directory in few words: two of the same tree are equal, and what is newer than `newest` has been changed since. */
export interface LayerState {
  /** Device and inode of its directory: a store that was copied to another place has others. */
  readonly root: string;
  /** Files and directories in it. */
  readonly entries: number;
  /** The latest change time in it, nanoseconds. */
  readonly newest: bigint;
  /** Digest of names, types, modes, owners, sizes and modification times, hexadecimal. */
  readonly shape: string;
}

/** What another hand has changed of a sealed layer. */
export interface LayerChange {
  /** The first of them, as paths of the layer. */
  readonly paths: readonly string[];
  /** How many there are. */
  readonly count: number;
  /** ISO 8601. */
  readonly noticed: string;
}

export interface LayerSeal {
  readonly layer: string;
  /** When it was whole, nanoseconds since 1970. */
  readonly sealed: bigint;
  /** Null until it is looked at for the first time. */
  readonly state: LayerState | null;
  readonly change: LayerChange | null;
}

export interface LayerSealsTable {
  get(layer: string): LayerSeal | null;
  /** Those that another hand has changed. */
  changed(): LayerSeal[];
  /** Says of private sealed layers that they are whole from `when` on; of those that it was said of before, nothing. */
  mark(layers: readonly string[], when: bigint): void;
  /** Takes down what a layer is, in the place of what was known and changed. */
  setState(layer: string, state: LayerState): void;
  setChange(layer: string, change: LayerChange): void;
  /** From now on nothing is known of these: whoever looks next takes them as they are. */
  forget(layers: readonly string[]): void;
}

const COLUMNS = 'layer, sealed, root, entries, newest, shape, changed_paths, changed_count, noticed';

export function layerSealsTable(sql: Sql): LayerSealsTable {
  return {
    get: (layer) => sql.all(`SELECT ${COLUMNS} FROM layer_seals WHERE layer = :layer`, { layer }).map(toSeal)[0] ?? null,
    changed: () => sql.all(`SELECT ${COLUMNS} FROM layer_seals WHERE noticed IS NOT NULL ORDER BY layer`).map(toSeal),
    mark: (layers, when) => {
      for (const layer of layers)
        sql.run(
          `INSERT OR IGNORE INTO layer_seals (layer, sealed) SELECT id, :sealed FROM layers
      WHERE id = :layer AND kind = 'private' AND state = 'sealed'`,
          { layer, sealed: String(when) },
        );
    },
    setState: (layer, { root, entries, newest, shape }) => {
      sql.run(
        `UPDATE layer_seals SET root = :root, entries = :entries, newest = :newest, shape = :shape,
      changed_paths = NULL, changed_count = NULL, noticed = NULL WHERE layer = :layer`,
        { layer, root, entries, newest: String(newest), shape },
      );
    },
    setChange: (layer, { paths, count, noticed }) => {
      sql.run('UPDATE layer_seals SET changed_paths = :paths, changed_count = :count, noticed = :noticed WHERE layer = :layer', {
        layer,
        paths: json(paths),
        count,
        noticed,
      });
    },
    forget: (layers) => {
      for (const layer of layers) sql.run('DELETE FROM layer_seals WHERE layer = :layer', { layer });
    },
  };
}

function toSeal(row: Columns): LayerSeal {
  return {
    layer: text(row, 'layer'),
    sealed: big(row, 'sealed'),
    state:
      row['shape'] === null
        ? null
        : { root: text(row, 'root'), entries: number(row, 'entries'), newest: big(row, 'newest'), shape: text(row, 'shape') },
    change:
      row['noticed'] === null
        ? null
        : { paths: stringList(row, 'changed_paths'), count: number(row, 'changed_count'), noticed: text(row, 'noticed') },
  };
}
