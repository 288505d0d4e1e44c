import { AppshotError } from '../src/errors.ts';
import { orTaken } from './failures.ts';
import { FIELDS, toBindings, toRow, type InstanceRow } from './instance-row.ts';
import { setLayers } from './layer-stacks.ts';
import { layersTable } from './layers.ts';
import type { Sql } from './sql.ts';

type Defaulted = 'exitCode' | 'initPid' | 'initStart' | 'mainPid' | 'created' | 'stdin' | 'base' | 'image';
/** `upper`: the id of a layer that is made with the row; `layers`: ids of those under it, top first. */
export type NewInstance = Omit<InstanceRow, Defaulted> & Partial<InstanceRow> & { readonly layers: readonly string[] };
export type InstanceChange = Partial<Omit<InstanceRow, 'aid'>>;

export interface InstancesTable {
  get(aid: string): InstanceRow | undefined;
  list(): InstanceRow[];
  /** The AID must be allocated. Throws 'exists', and 'busy' when the AID, the template, a layer or the image doesn't exist. */
  insert(instance: NewInstance): InstanceRow;
  /** Throws 'not-found'. */
  update(aid: string, change: InstanceChange): void;
  /** The upper layer is sealed and becomes the top one of those below; `next` is the new, empty upper. Throws 'not-found'. */
  sealUpper(aid: string, layers: { readonly sealed: string; readonly next: string }): void;
  /** Its open upper layer, its translations and its ports go with it; the AID, sealed layers and images stay. False when there was none. */
  remove(aid: string): boolean;
}

const SELECT = `SELECT ${Object.values(FIELDS).join(', ')} FROM instances`;
const INSERT = `INSERT INTO instances (${Object.values(FIELDS).join(', ')})
  VALUES (${Object.keys(FIELDS).map((name) => `:${name}`).join(', ')})`;
const DEFAULTS = { exitCode: null, initPid: null, initStart: null, mainPid: null, stdin: null, base: null, image: null };

export function instancesTable(sql: Sql): InstancesTable {
  const uppers = layersTable(sql);
  const table: InstancesTable = {
    get: (aid) => sql.all(`${SELECT} WHERE aid = :aid`, { aid }).map(toRow)[0],
    list: () => sql.all(`${SELECT} ORDER BY created, aid`).map(toRow),
    insert: ({ layers, ...instance }) => sql.transaction(() => {
      const row: InstanceRow = { ...DEFAULTS, created: new Date().toISOString(), ...instance };
      uppers.insert({ id: row.upper, kind: 'data', hostPath: null, state: 'open' });
      orTaken(() => sql.run(INSERT, toBindings(row)), () => new AppshotError('exists', row.aid, 'there is an instance of this name already'));
      setLayers(sql, 'instance', row.aid, layers);
      return row;
    }),
    update: (aid, change) => { update(sql, aid, change); },
    sealUpper: (aid, { sealed, next }) => { sql.transaction(() => {
      const below = uppers.ofInstance(aid).map(({ id }) => id);
      uppers.seal(sealed);
      uppers.insert({ id: next, kind: 'data', hostPath: null, state: 'open' });
      update(sql, aid, { upper: next });
      setLayers(sql, 'instance', aid, [sealed, ...below]);
    }); },
    remove: (aid) => sql.transaction(() => {
      const upper = table.get(aid)?.upper;
      if (upper === undefined) return false;
      sql.run('DELETE FROM instances WHERE aid = :aid', { aid });
      sql.run("DELETE FROM layers WHERE id = :upper AND state = 'open'", { upper });
      return true;
    }),
  };
  return table;
}

function update(sql: Sql, aid: string, change: InstanceChange): void {
  const bindings = toBindings(change);
  const names = Object.keys(bindings).filter((name) => name !== 'aid' && bindings[name] !== undefined);
  if (names.length === 0) return;
  const assignments = names.map((name) => `${FIELDS[name] ?? name} = :${name}`).join(', ');
  if (sql.run(`UPDATE instances SET ${assignments} WHERE aid = :aid`, { ...bindings, aid }) === 0)
    throw new AppshotError('not-found', aid, 'there is no such instance', 'appshot ps -a lists them');
}
