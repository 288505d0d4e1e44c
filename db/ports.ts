import type { PortRow } from '../src/types.ts';
import { number, numberOrNull, oneOf, text } from './columns.ts';
import type { Columns, Sql } from './sql.ts';

export interface PortsTable {
  ofInstance(aid: string): PortRow[];
  list(): PortRow[];
  /**
   * Replaces all of an AID's, as one; the rows' own `aid` is not looked at. Of several with the same port and protocol the
   * first stays: one that is bound for IPv4 and for IPv6 is one port.
   */
  replace(aid: string, rows: readonly PortRow[]): void;
}

const COLUMNS = 'aid, protocol, port, address, public';

export function portsTable(sql: Sql): PortsTable {
  return {
    ofInstance: (aid) => sql.all(`SELECT ${COLUMNS} FROM ports WHERE aid = :aid ORDER BY protocol, port`, { aid }).map(toRow),
    list: () => sql.all(`SELECT ${COLUMNS} FROM ports ORDER BY aid, protocol, port`).map(toRow),
    replace: (aid, rows) => { sql.transaction(() => {
      sql.run('DELETE FROM ports WHERE aid = :aid', { aid });
      for (const row of rows)
        sql.run(`INSERT OR IGNORE INTO ports (${COLUMNS}) VALUES (:aid, :protocol, :port, :address, :public)`, { ...row, aid });
    }); },
  };
}

function toRow(row: Columns): PortRow {
  return {
    aid: text(row, 'aid'), protocol: oneOf(['tcp', 'udp'])(row, 'protocol'), port: number(row, 'port'),
    address: text(row, 'address'), public: numberOrNull(row, 'public'),
  };
}
