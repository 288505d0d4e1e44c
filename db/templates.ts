import { AppshotError } from '../src/errors.ts';
import type { VprocMode } from '../src/types.ts';
import { json, number, oneOf, storedRules, stringList, stringMap, text, textOrNull, type StoredRules } from './columns.ts';
import { orTaken } from './failures.ts';
import { setLayers } from './layer-stacks.ts';
import type { Columns, Sql } from './sql.ts';

/** A sealed template. Its layers: `layers.ofTemplate`. */
export interface TemplateRow {
  readonly name: string;
  readonly kind: 'root' | 'running';
  /** ISO 8601. */
  readonly created: string;
  /** The template that the source instance was made from: this one stands on it. */
  readonly base: string | null;
  readonly rules: StoredRules | null;
  /** Present exactly in a running one. */
  readonly image: string | null;
  /** The AID that it was made of. */
  readonly source: string | null;
  readonly env: Readonly<Record<string, string>>;
  /** Virtual pid of the main process, 0 for none. */
  readonly main: number;
  readonly vproc: VprocMode;
  readonly command: readonly string[];
  readonly cwd: string;
  /** Of the instance it was made from; its clones have one more. */
  readonly generation: number;
  readonly notes: readonly string[];
}
/** `layers`: ids, top first. `base` is that of the source instance when it isn't given. */
export type NewTemplate = Omit<TemplateRow, 'created' | 'base' | 'notes'> & Partial<TemplateRow> & { readonly layers: readonly string[] };

export interface TemplatesTable {
  get(name: string): TemplateRow | undefined;
  list(): TemplateRow[];
  /** Throws 'exists', and 'busy' when a layer or the image doesn't exist. */
  insert(template: NewTemplate): TemplateRow;
  /** Instances and templates that stand on it follow. Throws 'exists', 'not-found'. */
  rename(from: string, to: string): void;
  setLayers(name: string, layers: readonly string[]): void;
  setRules(name: string, rules: StoredRules | null): void;
  /** Instances, then templates that were made of instances of it: the reasons why it can't be removed. */
  standingOn(name: string): { readonly kind: 'instance' | 'template'; readonly name: string }[];
  /**
   * False when there was none. Throws 'busy' while an instance stands on it; that no template does is for the caller to see,
   * who may remove them together. Its layers and its image stay, perhaps as garbage.
   */
  remove(name: string): boolean;
}

const COLUMNS = `name, kind, created, base, rules_text, rules_file, image, source, env, main, vproc, command, cwd, generation, notes`;
const INSERT = `INSERT INTO templates (${COLUMNS}) VALUES (:name, :kind, :created, :base, :rulesText, :rulesFile, :image,
  :source, :env, :main, :vproc, :command, :cwd, :generation, :notes)`;

export function templatesTable(sql: Sql): TemplatesTable {
  return {
    get: (name) => sql.all(`SELECT ${COLUMNS} FROM templates WHERE name = :name`, { name }).map(toRow)[0],
    list: () => sql.all(`SELECT ${COLUMNS} FROM templates ORDER BY name`).map(toRow),
    insert: ({ layers, ...template }) => sql.transaction(() => {
      const row: TemplateRow = { created: new Date().toISOString(), base: baseOf(sql, template.source), notes: [], ...template };
      orTaken(() => insert(sql, row), () => taken(row.name));
      setLayers(sql, 'template', row.name, layers);
      return row;
    }),
    rename: (from, to) => {
      const changed = orTaken(() => sql.run('UPDATE templates SET name = :to WHERE name = :from', { from, to }), () => taken(to));
      if (changed === 0) throw new AppshotError('not-found', from, 'there is no such template', 'appshot ls lists them');
    },
    setLayers: (name, layers) => { setLayers(sql, 'template', name, layers); },
    setRules: (name, rules) => {
      sql.run('UPDATE templates SET rules_text = :text, rules_file = :file WHERE name = :name', { name, text: rules?.text ?? null, file: rules?.file ?? null });
    },
    standingOn: (name) => [
      ...sql.all('SELECT aid FROM instances WHERE template = :name ORDER BY aid', { name })
        .map((row) => ({ kind: 'instance' as const, name: text(row, 'aid') })),
      ...sql.all('SELECT name FROM templates WHERE base = :name AND name <> :name ORDER BY name', { name })
        .map((row) => ({ kind: 'template' as const, name: text(row, 'name') })),
    ],
    remove: (name) => sql.run('DELETE FROM templates WHERE name = :name', { name }) > 0,
  };
}

function insert(sql: Sql, { rules, env, command, notes, ...plain }: TemplateRow): void {
  sql.run(INSERT, {
    ...plain, rulesText: rules?.text ?? null, rulesFile: rules?.file ?? null, env: json(env), command: json(command), notes: json(notes),
  });
}

function baseOf(sql: Sql, aid: string | null): string | null {
  const row = sql.get('SELECT template FROM instances WHERE aid = :aid', { aid });
  return row === undefined ? null : textOrNull(row, 'template');
}

function taken(name: string): AppshotError {
  return new AppshotError('exists', name, 'there is a template of this name already', `choose another, or appshot rm ${name}`);
}

function toRow(row: Columns): TemplateRow {
  return {
    name: text(row, 'name'), kind: oneOf(['root', 'running'])(row, 'kind'), created: text(row, 'created'), base: textOrNull(row, 'base'),
    rules: storedRules(row), image: textOrNull(row, 'image'), source: textOrNull(row, 'source'), env: stringMap(row, 'env'),
    main: number(row, 'main'), vproc: oneOf(['namespace', 'preload'])(row, 'vproc'), command: stringList(row, 'command'),
    cwd: text(row, 'cwd'), generation: number(row, 'generation'), notes: stringList(row, 'notes'),
  };
}
