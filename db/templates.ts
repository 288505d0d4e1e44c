import { AppshotError } from '../src/errors.ts';
import type { VprocMode } from '../src/types.ts';
import { json, number, numberOrNull, oneOf, stringList, stringMap, text, textOrNull } from './columns.ts';
import { orTaken } from './failures.ts';
import type { Columns, Sql } from './sql.ts';

/** A sealed template; its layers are in `stacks`. */
export interface TemplateRow {
  readonly name: string;
  readonly kind: 'root' | 'running';
  /** ISO 8601. */
  readonly created: string;
  /** The template that the source instance was made from: this one stands on it. Inserted as null: found by `sourceAid`. */
  readonly base: string | null;
  readonly rulesText: string | null;
  readonly rulesFile: string | null;
  /** Present exactly in a running one. */
  readonly image: string | null;
  readonly sourceAid: string | null;
  /** What the harness primed beyond Appshot's own, for a clone to get anew. */
  readonly env: Readonly<Record<string, string>>;
  /** Virtual pid of the main process. */
  readonly main: number | null;
  readonly vproc: VprocMode;
  readonly command: readonly string[];
  readonly cwd: string;
  /** Of the instance it was made from; its clones have one more. */
  readonly generation: number;
  readonly notes: readonly string[];
}

export interface TemplatesTable {
  get(name: string): TemplateRow | null;
  list(): TemplateRow[];
  /** Throws 'exists'. */
  insert(row: TemplateRow): void;
  /** Instances and templates that stand on it follow. Throws 'exists', 'not-found'. */
  rename(from: string, to: string): void;
  /** Its image is now one that stands alone, and so does the template. */
  setOwnImage(name: string, image: string): void;
  setRules(name: string, text: string | null, file: string | null): void;
  /** What stands on it, sorted: the reason why it can't be removed. */
  dependents(name: string): { readonly instances: readonly string[]; readonly templates: readonly string[] };
  /**
   * False when there was none. Throws 'busy' while an instance stands on it; that no template does is for the caller to see,
   * who may be removing them together. Its layers and image stay, perhaps as garbage.
   */
  remove(name: string): boolean;
}

const COLUMNS = `name, kind, created, base, rules_text, rules_file, image, source_aid, env, main, vproc, command, cwd, generation, notes`;
const INSERT = `INSERT INTO templates (${COLUMNS}) VALUES (:name, :kind, :created,
  coalesce(:base, (SELECT template FROM instances WHERE aid = :sourceAid)), :rulesText, :rulesFile, :image,
  :sourceAid, :env, :main, :vproc, :command, :cwd, :generation, :notes)`;

export function templatesTable(sql: Sql): TemplatesTable {
  return {
    get: (name) => sql.all(`SELECT ${COLUMNS} FROM templates WHERE name = :name`, { name }).map(toRow)[0] ?? null,
    list: () => sql.all(`SELECT ${COLUMNS} FROM templates ORDER BY name`).map(toRow),
    insert: (row) => {
      const columns = { ...row, env: json(row.env), command: json(row.command), notes: json(row.notes) };
      orTaken(
        () => sql.run(INSERT, columns),
        () => taken(row.name),
      );
    },
    rename: (from, to) => {
      const changed = orTaken(
        () => sql.run('UPDATE templates SET name = :to WHERE name = :from', { from, to }),
        () => taken(to),
      );
      if (changed === 0) throw new AppshotError('not-found', from, 'there is no such template', 'appshot ls lists them');
    },
    setOwnImage: (name, image) => {
      sql.run('UPDATE templates SET image = :image, base = NULL WHERE name = :name', { name, image });
    },
    setRules: (name, rulesText, rulesFile) => {
      sql.run('UPDATE templates SET rules_text = :rulesText, rules_file = :rulesFile WHERE name = :name', { name, rulesText, rulesFile });
    },
    dependents: (name) => ({
      instances: sql.all('SELECT aid FROM instances WHERE template = :name ORDER BY aid', { name }).map((row) => text(row, 'aid')),
      templates: sql
        .all('SELECT name FROM templates WHERE base = :name AND name <> :name ORDER BY name', { name })
        .map((row) => text(row, 'name')),
    }),
    remove: (name) => sql.run('DELETE FROM templates WHERE name = :name', { name }) > 0,
  };
}

function taken(name: string): AppshotError {
  return new AppshotError('exists', name, 'there is a template of this name already', `choose another, or appshot rm ${name}`);
}

function toRow(row: Columns): TemplateRow {
  return {
    name: text(row, 'name'),
    kind: oneOf(['root', 'running'])(row, 'kind'),
    created: text(row, 'created'),
    base: textOrNull(row, 'base'),
    rulesText: textOrNull(row, 'rules_text'),
    rulesFile: textOrNull(row, 'rules_file'),
    image: textOrNull(row, 'image'),
    sourceAid: textOrNull(row, 'source_aid'),
    env: stringMap(row, 'env'),
    main: numberOrNull(row, 'main'),
    vproc: oneOf(['namespace', 'preload'])(row, 'vproc'),
    command: stringList(row, 'command'),
    cwd: text(row, 'cwd'),
    generation: number(row, 'generation'),
    notes: stringList(row, 'notes'),
  };
}
