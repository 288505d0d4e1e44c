import { number, numberOrNull, oneOf, text } from './columns.ts';
import type { Columns, Sql } from './sql.ts';

/** A port of an instance: as the application knows it, where it is on loopback, and what it is published as. */
export interface PortRow {
  readonly aid: string;
  readonly protocol: 'tcp' | 'udp';
  readonly virtual: number;
  readonly system: number;
  readonly public: number | null;
}

export interface PortsTable {
  of(aid: string): PortRow[];
  list(): PortRow[];
  /**
   * Replaces all of an AID's, as one. Of several with the same protocol and port the first stays: one that is bound for IPv4
   * and for IPv6 is one port.
   */
  set(aid: string, rows: readonly Omit<PortRow, 'aid'>[]): void;
}

const COLUMNS = 'aid, protocol, virtual, system, public';

export function portsTable(sql: Sql): PortsTable {
  return {
    of: (aid) => sql.all(`SELECT ${COLUMNS} FROM ports WHERE aid = :aid ORDER BY protocol, virtual`, { aid }).map(toRow),
    list: () => sql.all(`SELECT ${COLUMNS} FROM ports ORDER BY aid, protocol, virtual`).map(toRow),
    set: (aid, rows) => {
      sql.transaction(() => {
        sql.run('DELETE FROM ports WHERE aid = :aid', { aid });
        for (const row of rows)
          sql.run(`INSERT OR IGNORE INTO ports (${COLUMNS}) VALUES (:aid, :protocol, :virtual, :system, :public)`, { ...row, aid });
      });
    },
  };
}

function toRow(row: Columns): PortRow {
  return {
    aid: text(row, 'aid'),
    protocol: oneOf(['tcp', 'udp'])(row, 'protocol'),
    virtual: number(row, 'virtual'),
    system: number(row, 'system'),
    public: numberOrNull(row, 'public'),
  };
}
