import { AppshotError } from '../src/errors.ts';
import { number, oneOf, text, textOrNull } from './columns.ts';
import { layersOf, setLayers } from './layer-stacks.ts';
import type { Columns, Sql } from './sql.ts';

/** A directory of files. An open layer is the private upper one of an instance; a sealed one never changes again. */
export interface LayerRow {
  readonly id: string;
  /** `host`: a live directory that others own and change, never removed by us. */
  readonly kind: 'data' | 'host';
  /** The directory of a host layer, else null. */
  readonly hostPath: string | null;
  readonly state: 'open' | 'sealed';
  /** Bytes; 0 while it isn't known. */
  readonly size: number;
  /** ISO 8601. */
  readonly created: string;
}
export type NewLayer = Omit<LayerRow, 'size' | 'created'> & Partial<LayerRow>;

export interface LayersTable {
  get(id: string): LayerRow | undefined;
  list(): LayerRow[];
  /** Top first. */
  ofTemplate(template: string): LayerRow[];
  /** The read-only ones, top first; the instance's own upper layer is not among them. */
  ofInstance(aid: string): LayerRow[];
  /** Replaces an instance's. Throws 'busy' when the instance or a layer doesn't exist. */
  setForInstance(aid: string, layers: readonly string[]): void;
  /** Throws 'exists'. */
  insert(row: NewLayer): LayerRow;
  /** The live layer of a host directory, made when it isn't there yet. */
  host(path: string): LayerRow;
  /** Throws 'not-found'. */
  seal(id: string, size?: number): void;
  setSize(id: string, size: number): void;
  /** How many templates stand on it. */
  templateUsers(id: string): number;
  /** False when there was none. Throws 'busy' while anything stands on it. */
  remove(id: string): boolean;
  /** Layers of ours that neither a template nor an instance stands on: garbage. */
  unused(): LayerRow[];
}

const COLUMNS = 'id, kind, host_path, state, size, created';

export function layersTable(sql: Sql): LayersTable {
  const table: LayersTable = {
    get: (id) => sql.all(`SELECT ${COLUMNS} FROM layers WHERE id = :id`, { id }).map(toRow)[0],
    list: () => sql.all(`SELECT ${COLUMNS} FROM layers ORDER BY created, id`).map(toRow),
    ofTemplate: (template) => layersOf(sql, 'template', template).map(toRow),
    ofInstance: (aid) => layersOf(sql, 'instance', aid).map(toRow),
    setForInstance: (aid, layers) => { setLayers(sql, 'instance', aid, layers); },
    insert: (layer) => {
      const row = { size: 0, created: new Date().toISOString(), ...layer };
      sql.run(`INSERT INTO layers (${COLUMNS}) VALUES (:id, :kind, :hostPath, :state, :size, :created)`, row);
      return row;
    },
    host: (hostPath) => sql.transaction(() => {
      const id = `host:${hostPath}`;
      return table.get(id) ?? table.insert({ id, kind: 'host', hostPath, state: 'sealed' });
    }),
    seal: (id, size) => {
      if (sql.run("UPDATE layers SET state = 'sealed', size = coalesce(:size, size) WHERE id = :id", { id, size: size ?? null }) === 0)
        throw new AppshotError('not-found', `layer ${id}`, 'there is no such layer');
    },
    setSize: (id, size) => { sql.run('UPDATE layers SET size = :size WHERE id = :id', { id, size }); },
    templateUsers: (id) => sql.all('SELECT DISTINCT template FROM template_layers WHERE layer = :id', { id }).length,
    remove: (id) => sql.run('DELETE FROM layers WHERE id = :id', { id }) > 0,
    unused: () => sql.all(`SELECT ${COLUMNS} FROM layers WHERE kind = 'data'
      AND id NOT IN (SELECT layer FROM template_layers) AND id NOT IN (SELECT layer FROM instance_layers)
      AND id NOT IN (SELECT upper FROM instances) ORDER BY created, id`).map(toRow),
  };
  return table;
}

function toRow(row: Columns): LayerRow {
  return {
    id: text(row, 'id'), kind: oneOf(['data', 'host'])(row, 'kind'), hostPath: textOrNull(row, 'host_path'),
    state: oneOf(['open', 'sealed'])(row, 'state'), size: number(row, 'size'), created: text(row, 'created'),
  };
}
