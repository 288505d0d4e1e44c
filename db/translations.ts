import { identifier, text } from './columns.ts';
import type { Columns, Sql } from './sql.ts';

/** AID : type : virtual id <-> system id. One to one within an AID and a type, both ways. */
export interface TranslationRow {
  readonly aid: string;
  /** `pid`, `shm`, `shmkey`, `sem`, `semkey`, `msg`, `msgkey`, `mqueue`, `port`. */
  readonly type: string;
  readonly virtual: number | string;
  readonly system: number | string;
  /** `bound` as a rule. */
  readonly state: string;
}

export type NewTranslation = Omit<TranslationRow, 'aid' | 'state'> & Partial<TranslationRow>;

export interface TranslationsTable {
  of(aid: string): TranslationRow[];
  /** FIG. 12: the virtual id's translation. */
  toSystem(aid: string, type: string, virtual: number | string): TranslationRow | null;
  /** FIG. 13: the other way. */
  toVirtual(aid: string, type: string, system: number | string): TranslationRow | null;
  /** Throws 'exists' when either id has a translation, 'busy' when there is no such instance. */
  insert(aid: string, row: NewTranslation): void;
  /** Replaces all of an AID's, as one. Of several that name the same id the first stays: a port bound for IPv4 and IPv6 is one. */
  set(aid: string, rows: readonly NewTranslation[]): void;
  remove(aid: string, type: string, virtual: number | string): boolean;
}

const COLUMNS = 'aid, type, virtual, system, state';
const VALUES = `INTO translations (${COLUMNS}) VALUES (:aid, :type, :virtual, :system, :state)`;

export function translationsTable(sql: Sql): TranslationsTable {
  const one =
    (column: 'virtual' | 'system') =>
    (aid: string, type: string, id: number | string): TranslationRow | null =>
      sql
        .all(`SELECT ${COLUMNS} FROM translations WHERE aid = :aid AND type = :type AND ${column} = :id`, { aid, type, id })
        .map(toRow)[0] ?? null;
  return {
    of: (aid) => sql.all(`SELECT ${COLUMNS} FROM translations WHERE aid = :aid ORDER BY type, virtual`, { aid }).map(toRow),
    toSystem: one('virtual'),
    toVirtual: one('system'),
    insert: (aid, row) => {
      sql.run(`INSERT ${VALUES}`, { state: 'bound', ...row, aid });
    },
    set: (aid, rows) => {
      sql.transaction(() => {
        sql.run('DELETE FROM translations WHERE aid = :aid', { aid });
        for (const row of rows) sql.run(`INSERT OR IGNORE ${VALUES}`, { state: 'bound', ...row, aid });
      });
    },
    remove: (aid, type, virtual) =>
      sql.run('DELETE FROM translations WHERE aid = :aid AND type = :type AND virtual = :virtual', { aid, type, virtual }) > 0,
  };
}

function toRow(row: Columns): TranslationRow {
  return {
    aid: text(row, 'aid'),
    type: text(row, 'type'),
    virtual: identifier(row, 'virtual'),
    system: identifier(row, 'system'),
    state: text(row, 'state'),
  };
}
