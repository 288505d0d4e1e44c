import { AppshotError } from '../src/errors.ts';
import type { InstanceState, VprocMode } from '../src/types.ts';
import { flag, json, number, numberOrNull, oneOf, stringList, stringMap, text, textOrNull } from './columns.ts';
import { orTaken } from './failures.ts';
import type { Bindings, Columns, Sql, Value } from './sql.ts';

/** One instance; the layers under its upper one are in `stacks`. */
export interface InstanceRow {
  readonly aid: string;
  readonly template: string | null;
  /** `starting`: being made; one that stays so was left half-made by a process that died. */
  readonly state: InstanceState | 'starting';
  /** Host pid of its init, null without processes. */
  readonly initPid: number | null;
  /** When that process started, in the words of whoever writes it: a pid alone may be another's by now. */
  readonly initStart: string | null;
  /** Virtual pid of the main process. */
  readonly main: number | null;
  readonly vproc: VprocMode;
  /** ISO 8601. */
  readonly created: string;
  readonly command: readonly string[];
  /** What the caller gave with -e. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly rulesText: string | null;
  readonly rulesFile: string | null;
  /** Where its root is mounted, on the host. */
  readonly mount: string;
  /** Id of its private layer. */
  readonly upper: string;
  readonly exitCode: number | null;
  /** Destroy it when it ends. */
  readonly remove: boolean;
  readonly notes: readonly string[];
  readonly generation: number;
  /** The image of its snapshot. */
  readonly image: string | null;
}
export type InstanceChange = Partial<Omit<InstanceRow, 'aid'>>;

export interface InstancesTable {
  get(aid: string): InstanceRow | null;
  list(): InstanceRow[];
  /** The AID must be allocated. Throws 'exists', and 'busy' when the AID, the template, the layer or the image doesn't exist. */
  insert(row: InstanceRow): void;
  /** Throws 'not-found'. */
  update(aid: string, change: InstanceChange): void;
  /** Its stack, translations and ports go with it; the AID, the layers and the image stay. False when there was none. */
  remove(aid: string): boolean;
}

const FIELDS: Readonly<Record<keyof InstanceRow, string>> = {
  aid: 'aid',
  template: 'template',
  state: 'state',
  initPid: 'init_pid',
  initStart: 'init_start',
  main: 'main',
  vproc: 'vproc',
  created: 'created',
  command: 'command',
  env: 'env',
  cwd: 'cwd',
  rulesText: 'rules_text',
  rulesFile: 'rules_file',
  mount: 'mount',
  upper: 'upper',
  exitCode: 'exit_code',
  remove: 'remove',
  notes: 'notes',
  generation: 'generation',
  image: 'image',
};
const NAMES = Object.keys(FIELDS) as (keyof InstanceRow)[];
const SELECT = `SELECT ${Object.values(FIELDS).join(', ')} FROM instances`;
const INSERT = `INSERT INTO instances (${Object.values(FIELDS).join(', ')}) VALUES (${NAMES.map((name) => `:${name}`).join(', ')})`;

export function instancesTable(sql: Sql): InstancesTable {
  return {
    get: (aid) => sql.all(`${SELECT} WHERE aid = :aid`, { aid }).map(toRow)[0] ?? null,
    list: () => sql.all(`${SELECT} ORDER BY created, aid`).map(toRow),
    insert: (row) => {
      orTaken(
        () => sql.run(INSERT, toBindings(row)),
        () => new AppshotError('exists', row.aid, 'there is an instance of this name already'),
      );
    },
    update: (aid, change) => {
      const names = NAMES.filter((name) => name !== 'aid' && change[name] !== undefined);
      if (names.length === 0) return;
      const assignments = names.map((name) => `${FIELDS[name]} = :${name}`).join(', ');
      if (sql.run(`UPDATE instances SET ${assignments} WHERE aid = :aid`, { ...toBindings(change), aid }) === 0)
        throw new AppshotError('not-found', aid, 'there is no such instance', 'appshot ps -a lists them');
    },
    remove: (aid) => sql.run('DELETE FROM instances WHERE aid = :aid', { aid }) > 0,
  };
}

/** Only what is given. */
function toBindings({ command, env, notes, remove, ...plain }: Partial<InstanceRow>): Bindings {
  const bindings: Record<string, Value> = { ...plain };
  if (command !== undefined) bindings['command'] = json(command);
  if (env !== undefined) bindings['env'] = json(env);
  if (notes !== undefined) bindings['notes'] = json(notes);
  if (remove !== undefined) bindings['remove'] = remove ? 1 : 0;
  return bindings;
}

function toRow(row: Columns): InstanceRow {
  return {
    aid: text(row, 'aid'),
    template: textOrNull(row, 'template'),
    state: text(row, 'state') as InstanceState, // as the table's CHECK has it
    initPid: numberOrNull(row, 'init_pid'),
    initStart: textOrNull(row, 'init_start'),
    main: numberOrNull(row, 'main'),
    vproc: oneOf(['namespace', 'preload'])(row, 'vproc'),
    created: text(row, 'created'),
    command: stringList(row, 'command'),
    env: stringMap(row, 'env'),
    cwd: text(row, 'cwd'),
    rulesText: textOrNull(row, 'rules_text'),
    rulesFile: textOrNull(row, 'rules_file'),
    mount: text(row, 'mount'),
    upper: text(row, 'upper'),
    exitCode: numberOrNull(row, 'exit_code'),
    remove: flag(row, 'remove'),
    notes: stringList(row, 'notes'),
    generation: number(row, 'generation'),
    image: textOrNull(row, 'image'),
  };
}
